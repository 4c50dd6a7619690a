"""Dependencies for FastAPI. Needs the package fastapi."""

from typing import Annotated, Any

from fastapi import FastAPI, HTTPException, Request, Security
from fastapi.responses import JSONResponse
from fastapi.security import HTTPBearer

from authgate_verifier.bearer import Refusal, Refused, authorize
from authgate_verifier.claims import Claims
from authgate_verifier.verifier import Verifier

_in_openapi = HTTPBearer(bearerFormat="JWT", scheme_name="Authgate", auto_error=False)


class RefusedRequest(HTTPException):
    """Answered in Authgate's form after `answer_refusals(app)`; else in FastAPI's, with the same status and headers."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.status, refusal.body["message"], refusal.headers)
        self.body = refusal.body


class CurrentUser:
    """`Depends(CurrentUser(verifier))` gives the claims of the caller. `staff`: only members of staff pass."""

    def __init__(self, verifier: Verifier, *, staff: bool = False) -> None:
        self._verifier = verifier
        self._staff = staff

    async def __call__(self, request: Request, _: Annotated[Any, Security(_in_openapi)]) -> Claims:
        fields = request.headers.getlist("Authorization")
        try:
            return authorize(self._verifier, ", ".join(fields) if fields else None, staff=self._staff)
        except Refused as error:
            raise RefusedRequest(error.refusal) from error


def answer_refusals(app: FastAPI) -> None:
    """Have what a dependency refuses answered as Authgate itself answers."""

    @app.exception_handler(RefusedRequest)
    async def answer(request: Request, error: RefusedRequest) -> JSONResponse:
        return JSONResponse(error.body, error.status_code, error.headers)
