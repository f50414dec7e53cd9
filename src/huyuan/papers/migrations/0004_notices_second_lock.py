from django.db import migrations

from huyuan.orgs import rls

# Both ends see a recipient's row and its answers; the issuer need not look after the recipient (a police
# station writes to the schools it is linked with).
BOTH = f"org_id IN {rls.REACH} OR issuer_id IN {rls.REACH}"


class Migration(migrations.Migration):
    dependencies = [("papers", "0003_notices")]

    operations = [
        rls.lock("papers_noticerecipient", BOTH),
        rls.lock("papers_noticeanswer", BOTH),
        rls.lock(
            "papers_notice",
            f"org_id IN {rls.REACH}"
            " OR EXISTS (SELECT FROM papers_noticerecipient AS one WHERE one.notice_id = papers_notice.id)",
        ),
        rls.protect_through("papers_noticefile", "answer_id", "papers_noticeanswer"),
    ]
