"""When an address leads nowhere or something failed: what happened, what was kept, what to do now."""

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render

from huyuan.orgs.middleware import wants_json
from huyuan.trace.actions import request_id


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Something was sent that no page of ours sends."""
    return told(
        request,
        400,
        "bad-request",
        happened="收到的内容不完整，这一次没有保存。",
        to_do="请返回上一页，重新打开后再提交；填过的内容还在这台设备上。",
    )


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    """The address exists, but not for this person."""
    return told(
        request,
        403,
        "forbidden",
        happened="您现在的职务不能办理这一步，什么都没有改动。",
        to_do="请回到今日；确需办理的，请联系本单位管理员调整任职。",
    )


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """No page has this address."""
    return told(
        request,
        404,
        "not-found",
        heading="没有找到",
        happened="没有这个网址，它可能已被移走，或者输错了。",
        to_do="请回到今日，或用上面的查找框按名称、编号查找。",
    )


def failed(request: HttpRequest) -> HttpResponse:
    """A fault of ours; the transaction was undone, the details are in the log."""
    return told(
        request,
        500,
        "failed",
        happened="系统出了差错，这一次没有保存。",
        to_do="请过几分钟再试；填过的内容还在这台设备上。多次出现时，请把下面的说明编号告诉管理员。",
    )


def csrf_failed(request: HttpRequest, reason: str = "") -> HttpResponse:
    """The form was opened in another sign-in, or the browser keeps no cookies."""
    return told(
        request,
        403,
        "forbidden-stale-page",
        happened="这一页是上次登录时打开的，为了安全，这一次没有保存。",
        to_do="请返回上一页并刷新，再提交一次；填过的内容还在这台设备上。",
    )


def told(request: HttpRequest, status: int, code: str, **context: str) -> HttpResponse:
    """The page with its reference number; devices get code and sentence."""
    if wants_json(request):
        return JsonResponse({"code": code, "message": context["happened"]}, status=status)
    return render(request, "kernel/error.html", {**context, "reference": request_id.get()}, status=status)
