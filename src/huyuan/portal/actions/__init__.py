"""Every write that is the portal's own: signing on (`signing_on`), collecting the villages' returns
(`village_returns`)."""

from huyuan.portal.actions.signing_on import leave, sign_on
from huyuan.portal.actions.village_returns import chase, draft_bulletin, draft_collection

__all__ = ["chase", "draft_bulletin", "draft_collection", "leave", "sign_on"]
