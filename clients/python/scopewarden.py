"""Asks Scopewarden for decisions. One file, nothing beside Python 3.9 or later.

    client = Client("https://pdp.example.org", key=os.environ["SCOPEWARDEN_KEY"])
    answer = client.authorize({"clientId": "portal", "action": "read", "resource": {"type": "Observation", "id": "o-1"}})

Questions have the members of the service's `AuthorizeInput` and `DecideGrantInput`. No call raises: what could not be asked is an answer
with the outcome "error". Only an answer that allows is true.
"""

import json
import re
import socket
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
import uuid
from dataclasses import dataclass, field, replace
from email.utils import parsedate_to_datetime
from typing import Any, Callable, Dict, List, Mapping, Optional, Sequence, Tuple

__all__ = ["Answer", "Client", "Introspection"]

# Of one request: the service takes 100 decisions and 64 KiB, if it is not set otherwise.
_MOST, _MOST_BYTES = 100, 60 * 1024
# What says that the request did not arrive, or that there is no answer to it now.
_AGAIN = {429, 502, 503, 504}
_UNAUTHORIZED = {"UNAUTHENTICATED", "FORBIDDEN", "INSUFFICIENT_USER_AUTHENTICATION", "TOO_MANY_FAILURES"}
_REFUSED = {"BAD_USER_INPUT", "LIMIT_EXCEEDED", "BAD_REQUEST", "GRAPHQL_PARSE_FAILED", "GRAPHQL_VALIDATION_FAILED"}
# What can stand in a header.
_CREDENTIAL = re.compile(r"[!-~]+\Z")

# A mutation, as each answer is a record of its own: no cache on the way may answer in its place.
DECIDE = """mutation Decide($inputs: [AuthorizeInput!]!) { decideBatch(inputs: $inputs) {
  id outcome summary decisiveReason reasons { code message scope role ruleId } reasonCount sufficientScopes
  obligations { type parameters }
} }"""
DECIDE_GRANT = """query DecideGrant($input: DecideGrantInput!) { decideGrant(input: $input) {
  id outcome scope newScopes summary reasons { code message scope role ruleId } reasonCount grantId
  scopes { requested outcome scopes reasons { code message scope role ruleId } successor sunsetAt validUntil title description reaches }
  consentRequest { id until }
} }"""


@dataclass(frozen=True)
class Failure:
    """Why there is no answer.

    kind: "unavailable" (the service can't be reached or can't decide), "timeout", "refused" (the question can't be asked so: `problems`),
    "unauthorized" (the key or token). `message` never has the key in it. `retry_after`: seconds, as the service said.
    """

    kind: str
    message: str
    code: Optional[str] = None
    problems: Sequence[Mapping[str, str]] = ()
    retry_after: Optional[float] = None


@dataclass(frozen=True)
class Answer:
    """outcome: "allowed", "denied" or "error". An outage is no refusal, and no permission.

    `sufficient_scopes`: the least scope that would mend a denial (`insufficient_scope` of RFC 6750). `unmet`: what `enforce` could not do.
    Of `decide_grant`: `scope` is what the token may carry, separated by spaces, None where it may carry none and on an error; `grant` is
    the whole GrantDecision.
    """

    outcome: str
    id: Optional[str] = None
    summary: str = ""
    reasons: Sequence[Mapping[str, Any]] = ()
    obligations: Sequence[Mapping[str, Any]] = ()
    decisive_reason: Optional[str] = None
    sufficient_scopes: Sequence[str] = ()
    unmet: Sequence[str] = ()
    scope: Optional[str] = None
    grant: Optional[Mapping[str, Any]] = None
    error: Optional[Failure] = None

    @property
    def allowed(self) -> bool:
        return self.outcome == "allowed"

    def __bool__(self) -> bool:
        return self.allowed

    def enforce(self, handlers: Mapping[str, Callable[[Mapping[str, Any]], Any]]) -> "Answer":
        """This answer, once all that it obliges to is done. An obligation without a handler, or whose handler gives False or raises, makes a
        denial of it."""
        if not self.allowed:
            return self
        unmet: List[str] = []
        for obligation in self.obligations:
            handler = handlers.get(obligation["type"])
            try:
                met = handler(obligation) if callable(handler) else False
            except Exception:
                met = False
            if met is False:
                unmet.append(obligation["type"])
        if not unmet:
            return self
        summary = "It is allowed only under an obligation that can't be met here: " + ", ".join(unmet) + "."
        return replace(self, outcome="denied", summary=summary, obligations=(), scope=None, unmet=tuple(unmet))


@dataclass(frozen=True)
class Introspection:
    """What a token is worth that somebody sent (RFC 7662). outcome: "active", "inactive" or "error"; only an active one is true."""

    outcome: str
    claims: Mapping[str, Any] = field(default_factory=dict)
    error: Optional[Failure] = None

    def __bool__(self) -> bool:
        return self.outcome == "active"


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """The key is for this address and no other."""

    def redirect_request(self, *_: Any) -> None:
        return None


def _failed(failure: Failure) -> Answer:
    return Answer("error", error=failure)


def _not_ours(url: str) -> Failure:
    return Failure("unavailable", f"What answers at {url} is not Scopewarden. Check url.")


def _is_told(value: Any) -> bool:
    """Nothing that is not whole is read as a decision."""
    return (
        isinstance(value, dict)
        and isinstance(value.get("id"), str)
        and value["id"] != ""
        and value.get("outcome") in ("ALLOW", "DENY")
        and isinstance(value.get("summary"), str)
        and isinstance(value.get("reasons"), list)
        and all(isinstance(each, dict) and isinstance(each.get("code"), str) for each in value["reasons"])
    )


def _read_decision(value: Any) -> Optional[Answer]:
    if not _is_told(value) or not isinstance(value.get("sufficientScopes"), list):
        return None
    obligations = value.get("obligations")
    if not isinstance(obligations, list):
        return None
    if not all(isinstance(each, dict) and isinstance(each.get("type"), str) and each["type"] for each in obligations):
        return None
    is_allowed = value["outcome"] == "ALLOW"
    return Answer(
        "allowed" if is_allowed else "denied",
        id=value["id"],
        summary=value["summary"],
        reasons=tuple(value["reasons"]),
        obligations=tuple(obligations),
        decisive_reason=value.get("decisiveReason"),
        sufficient_scopes=() if is_allowed else tuple(value["sufficientScopes"]),
    )


def _read_grant(value: Any) -> Optional[Answer]:
    """An ALLOW that names no scope, or a DENY that names one, is no answer."""
    if not _is_told(value) or not isinstance(value.get("scopes"), list):
        return None
    scope = value.get("scope")
    is_allowed = value["outcome"] == "ALLOW"
    if is_allowed != (isinstance(scope, str) and scope != "") or (not is_allowed and scope is not None):
        return None
    told = {"id": value["id"], "summary": value["summary"], "reasons": tuple(value["reasons"])}
    return Answer("allowed" if is_allowed else "denied", scope=scope, grant=value, **told)


def _retry_after(header: Optional[str]) -> Optional[float]:
    """Seconds of `Retry-After` (RFC 9110, section 10.2.3)."""
    if header is None:
        return None
    if re.fullmatch(r"[0-9]{1,9}", header):
        return float(header)
    try:
        return max(0.0, parsedate_to_datetime(header).timestamp() - time.time())
    except (TypeError, ValueError):
        return None


def _kind_of(status: int, code: Optional[str]) -> str:
    if code in _UNAUTHORIZED:
        return "unauthorized"
    if code in _REFUSED:
        return "refused"
    if code is not None and status != 404:
        return "unavailable"
    if status in (401, 403):
        return "unauthorized"
    return "refused" if status in (400, 413, 415, 422, 431) else "unavailable"


def _read(status: int, retry_after: Optional[str], text: bytes) -> Tuple[Optional[Dict[str, Any]], Optional[Failure], bool]:
    """The members of an answer, else why there is none and whether the same request may do better."""
    try:
        body = json.loads(text)
    except (ValueError, RecursionError):
        body = None
    first: Any = None
    if isinstance(body, dict):
        errors = body.get("errors")
        first = errors[0] if isinstance(errors, list) and errors else body.get("error")
    if status == 200 and isinstance(body, dict) and not isinstance(first, dict) and not body.get("errors"):
        return body, None, False
    again = status in _AGAIN
    wait = _retry_after(retry_after)
    if not isinstance(first, dict):
        if not again and status not in (401, 403):
            message = f"What answers is not Scopewarden (HTTP {status}). Check url."
            return None, Failure("unavailable", message, retry_after=wait), False
        return None, Failure(_kind_of(status, None), f"The service answered with HTTP {status}", retry_after=wait), again
    details = first.get("extensions")
    details = details if isinstance(details, dict) else first
    code = details.get("code") if isinstance(details.get("code"), str) else None
    listed = details.get("problems")
    problems = tuple(
        {"path": str(each.get("path")), "message": str(each.get("message"))}
        for each in (listed if isinstance(listed, list) else [])
        if isinstance(each, dict)
    )
    message = f"The service answered with HTTP {status}: {first.get('message')}"
    return None, Failure(_kind_of(status, code), message, code, problems, wait), again


class Client:
    """Asks one service. It may be used by several threads, and keeps nothing that was answered.

    url: of the service, with its path if it has one. key: an API key, or token: gives the access token, asked at each attempt.
    timeout: seconds for one attempt. retries: how often a question is sent again that did not arrive, took too long, or was answered with
    429, 502, 503 or 504; with the same `requestId`, so that it stands on record once. on_decision: is called with (question, answer,
    seconds); what it raises is dropped. Raises ValueError for wrong settings, which it names.
    """

    def __init__(
        self,
        url: str,
        *,
        key: Optional[str] = None,
        token: Optional[Callable[[], str]] = None,
        timeout: float = 1.0,
        retries: int = 1,
        on_decision: Optional[Callable[[Mapping[str, Any], Answer, float], Any]] = None,
    ) -> None:
        try:
            parts = urllib.parse.urlsplit(url)
            is_address = parts.scheme in ("http", "https") and bool(parts.hostname)
            if parts.port == 0:
                is_address = False
        except (AttributeError, TypeError, ValueError):
            is_address = False
        if not is_address or not isinstance(url, str) or not _CREDENTIAL.match(url):
            raise ValueError("url must be the service's address, such as https://pdp.example.org")
        if "@" in parts.netloc or parts.query or parts.fragment:
            raise ValueError("url must have no user, password, query or fragment in it")
        if (key is None) == (token is None):
            raise ValueError("key or token must be given, and not both")
        if key is not None and not (isinstance(key, str) and _CREDENTIAL.match(key)):
            raise ValueError("key must be a text of visible ASCII characters, without spaces")
        if token is not None and not callable(token):
            raise ValueError("token must be a function that gives the access token")
        if isinstance(timeout, bool) or not isinstance(timeout, (int, float)) or not 0.001 <= timeout <= 600:
            raise ValueError("timeout must be a number of seconds from 0.001 to 600")
        if isinstance(retries, bool) or not isinstance(retries, int) or not 0 <= retries <= 10:
            raise ValueError("retries must be a whole number from 0 to 10")
        if on_decision is not None and not callable(on_decision):
            raise ValueError("on_decision must be a function")
        self._url = url.rstrip("/")
        self._credential: Callable[[], Any] = token if token is not None else lambda: key
        self._timeout, self._retries, self._on_decision = timeout, retries, on_decision
        self._opener = urllib.request.build_opener(_NoRedirect)

    def authorize(self, question: Mapping[str, Any]) -> Answer:
        """May this be done?"""
        return self.authorize_batch([question])[0]

    def authorize_batch(self, questions: Sequence[Mapping[str, Any]]) -> List[Answer]:
        """May these be done? As many answers as questions, in their order; one that can't be asked leaves the others as they are."""
        if not isinstance(questions, (list, tuple)):
            # No answers would read as all of them allowed.
            return [_failed(Failure("refused", "The questions must be a list."))]
        began = time.monotonic()
        answers: List[Answer] = [_failed(Failure("unavailable", "It was not asked."))] * len(questions)
        chunks: List[List[Tuple[int, str]]] = []
        size = 0
        for at, question in enumerate(questions):
            text, failure = self._write(question)
            if text is None:
                answers[at] = _failed(failure)
                continue
            if not chunks or len(chunks[-1]) == _MOST or size + len(text) + 1 > _MOST_BYTES:
                chunks.append([])
                size = 0
            chunks[-1].append((at, text))
            size += len(text) + 1
        stopped: Optional[Failure] = None
        for chunk in chunks:
            stopped = self._ask(chunk, answers, stopped)
        for question, answer in zip(questions, answers):
            self._tell(question, answer, began)
        return answers

    def decide_grant(self, question: Mapping[str, Any]) -> Answer:
        """Which scopes may a token carry? On an error none."""
        began = time.monotonic()
        text, failure = self._write(question)
        answer = None
        if text is not None:
            data, failure = self._graphql(DECIDE_GRANT, '{"input":' + text + "}")
            answer = None if data is None else _read_grant(data.get("decideGrant"))
        if answer is None:
            answer = _failed(failure or _not_ours(self._url))
        self._tell(question, answer, began)
        return answer

    def introspect(self, token: str) -> Introspection:
        """What is a token worth that somebody sent (RFC 7662)?"""
        body = urllib.parse.urlencode({"token": str(token)}).encode()
        claims, failure = self._post("/introspect", "application/x-www-form-urlencoded", body)
        if claims is None:
            return Introspection("error", error=failure)
        if claims.get("active") is True:
            return Introspection("active", claims)
        return Introspection("inactive") if claims.get("active") is False else Introspection("error", error=_not_ours(self._url))

    def _tell(self, question: Mapping[str, Any], answer: Answer, began: float) -> None:
        if self._on_decision is None:
            return
        try:
            self._on_decision(question, answer, time.monotonic() - began)
        except Exception:
            pass

    def _write(self, question: Any) -> Tuple[Optional[str], Optional[Failure]]:
        if not isinstance(question, Mapping):
            return None, Failure("refused", "The question must be a mapping.")
        for name in ("scopes", "subject"):
            # Without scopes a client has all of its own, and without a subject it acts as itself: a mistake must not widen anything.
            if name in question and question[name] is None:
                return None, Failure("refused", f"{name} is None: leave it out where it is not meant, as that asks for more.")
        written = dict(question)
        if self._retries > 0 and written.get("requestId") is None:
            written["requestId"] = uuid.uuid4().hex
        try:
            return json.dumps(written, allow_nan=False, separators=(",", ":")), None
        except (RecursionError, TypeError, ValueError) as error:
            return None, Failure("refused", f"The question can't be written as JSON: {error}")

    def _ask(self, chunk: List[Tuple[int, str]], answers: List[Answer], stopped: Optional[Failure]) -> Optional[Failure]:
        """Fills in the answers of a chunk. Gives why nothing more is to be asked."""
        data, failure = (None, stopped)
        if stopped is None:
            data, failure = self._graphql(DECIDE, '{"inputs":[' + ",".join(text for _, text in chunk) + "]}")
        if data is not None:
            rows = data.get("decideBatch")
            read = [_read_decision(row) for row in rows] if isinstance(rows, list) and len(rows) == len(chunk) else []
            for i, (at, _) in enumerate(chunk):
                answer = read[i] if read else None
                answers[at] = _failed(_not_ours(self._url)) if answer is None else answer
            return None
        # One that is not well formed, or too long together, refuses all: a half may be decided.
        if failure.code in ("BAD_USER_INPUT", "LIMIT_EXCEEDED"):
            if len(chunk) > 1:
                half = len(chunk) // 2
                stopped = self._ask(chunk[:half], answers, None)
                return self._ask(chunk[half:], answers, stopped)
            place = re.compile(r"\binputs\[\d+\]\.?")
            problems = tuple({**each, "path": place.sub("", each["path"])} for each in failure.problems)
            failure = replace(failure, message=place.sub("", failure.message), problems=problems)
        for at, _ in chunk:
            answers[at] = _failed(failure)
        return None if failure.kind == "refused" else failure

    def _graphql(self, query: str, variables: str) -> Tuple[Optional[Dict[str, Any]], Optional[Failure]]:
        body = '{"query":' + json.dumps(query) + ',"variables":' + variables + "}"
        members, failure = self._post("/graphql", "application/json", body.encode())
        if members is None:
            return None, failure
        data = members.get("data")
        return (data, None) if isinstance(data, dict) else (None, _not_ours(self._url))

    def _post(self, path: str, content_type: str, body: bytes) -> Tuple[Optional[Dict[str, Any]], Optional[Failure]]:
        for attempt in range(self._retries + 1):
            members, failure, again = self._attempt(path, content_type, body)
            if members is not None or not again or attempt == self._retries:
                break
            # Who would wait longer than for an answer is told so.
            wait = failure.retry_after
            if wait is not None and wait > self._timeout:
                break
            time.sleep(0.05 if wait is None else wait)
        return members, failure

    def _attempt(self, path: str, content_type: str, body: bytes) -> Tuple[Optional[Dict[str, Any]], Optional[Failure], bool]:
        """Ends in time whatever answers: a thread asks, since urllib's own timeout counts anew with every byte that comes."""
        done: List[Tuple[Optional[Dict[str, Any]], Optional[Failure], bool]] = []
        thread = threading.Thread(target=lambda: done.append(self._send(path, content_type, body)), daemon=True)
        thread.start()
        thread.join(self._timeout)
        return done[0] if done else self._too_slow()

    def _too_slow(self) -> Tuple[None, Failure, bool]:
        return None, Failure("timeout", f"The service at {self._url} did not answer within {self._timeout} s."), True

    def _send(self, path: str, content_type: str, body: bytes) -> Tuple[Optional[Dict[str, Any]], Optional[Failure], bool]:
        try:
            token = self._credential()
        except Exception:
            token = None
        if not (isinstance(token, str) and _CREDENTIAL.match(token)):
            return None, Failure("unauthorized", "token gave no access token, so that nothing was asked."), False
        headers = {"content-type": content_type, "accept": "application/json", "authorization": "Bearer " + token}
        request = urllib.request.Request(self._url + path, data=body, headers=headers, method="POST")
        try:
            with self._opener.open(request, timeout=self._timeout) as response:
                return _read(response.status, response.headers.get("retry-after"), response.read())
        except urllib.error.HTTPError as error:
            try:
                with error:
                    return _read(error.code, error.headers.get("retry-after"), error.read())
            except Exception as unread:
                fault = unread
        except Exception as unreached:
            fault = unreached
        # The socket's own clock may end a moment before the thread's: it is the same lateness, while connecting too.
        if isinstance(fault, socket.timeout) or isinstance(getattr(fault, "reason", None), socket.timeout):
            return self._too_slow()
        # What an error says may quote a header, so that it is not told.
        return None, Failure("unavailable", f"The service at {self._url} can't be reached."), True
