"""Carries out calls of the client that come as lines of JSON, and answers each with a line."""

import dataclasses
import json
import sys

sys.path.insert(0, sys.argv[1])
import scopewarden  # noqa: E402


def plain(answer):
    return {**dataclasses.asdict(answer), "is": bool(answer)}


def make(settings):
    if "tokens" in settings:
        given = iter(settings.pop("tokens"))
        settings["token"] = lambda: next(given)
    return scopewarden.Client(settings.pop("url", None), **settings)


def carry_out(call):
    name = call["call"]
    if name == "queries":
        return [scopewarden.DECIDE, scopewarden.DECIDE_GRANT]
    heard = []
    settings = dict(call["settings"])
    if call.get("hear"):
        settings["on_decision"] = lambda question, answer, seconds: heard.append([question, answer.outcome, seconds >= 0]) or 1 / 0
    try:
        client = make(settings)
    except ValueError as error:
        return {"raised": str(error)}
    if name == "enforce":
        handlers = {"log": lambda _: None, "notify": lambda _: True, "refuse": lambda _: False, "fail": lambda _: 1 / 0}
        taken = {each: handlers[each] for each in call["handlers"]}
        return plain(scopewarden.Answer("allowed", id="d", obligations=call["obligations"]).enforce(taken))
    if name == "socket":
        return dataclasses.asdict(client._send("/graphql", "application/json", b"{}")[1])
    questions = call.get("question")
    if call.get("nan"):
        questions = {**questions, "resource": {"type": "Observation", "attributes": {"n": [float("nan")]}}}
    answer = getattr(client, name)(questions)
    return {"answer": [plain(each) for each in answer] if isinstance(answer, list) else plain(answer), "heard": heard}


for line in sys.stdin:
    print(json.dumps(carry_out(json.loads(line))), flush=True)
