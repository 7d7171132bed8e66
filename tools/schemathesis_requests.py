"""What tools/schemathesis.sh runs: schemathesis_requests.py URL REQUESTS USER SEED, with PACS_PASSWORD in the environment."""

import collections
import math
import os
import sys

import hypothesis
import requests
import schemathesis
from hypothesis import HealthCheck, Phase
from schemathesis import GenerationMode

# Failures that are told one by one.
MOST_TOLD = 20
TIMEOUT = 120


class Asking:
    """Requests to one gateway, and what came of them."""

    def __init__(self, base, wanted, user):
        self.base, self.wanted = base.rstrip("/"), wanted
        self.session = requests.Session()
        self.session.auth = (user, os.environ["PACS_PASSWORD"])
        self.session.max_redirects = 1
        answer = self.session.get(f"{self.base}/openapi.json", timeout=TIMEOUT)
        answer.raise_for_status()
        self.description = answer.json()
        self.statuses = collections.Counter()
        self.by_operation = collections.Counter()
        self.failures = []

    def count(self):
        return sum(self.statuses.values())

    def operations(self):
        schema = schemathesis.openapi.from_dict(self.description)
        for result in schema.get_all_operations():
            yield result.ok()

    def ask(self, case, name):
        if self.count() >= self.wanted:
            return
        path = self.description["paths"].get(case.operation.path, {})
        servers = path.get("servers") or self.description.get("servers") or [{"url": self.base}]
        try:
            request = case.as_transport_kwargs(base_url=servers[0]["url"])
        except Exception:
            self.by_operation[f"{name}: not a request"] += 1
            return
        request |= {"timeout": TIMEOUT, "allow_redirects": False}
        self.by_operation[name] += 1
        try:
            answer = self.session.request(**request)
        except (requests.exceptions.InvalidURL, requests.exceptions.InvalidHeader, ValueError):
            # The client itself refuses to send it.
            self.statuses["not sent"] += 1
            return
        except requests.RequestException as error:
            self.statuses["no answer"] += 1
            self.failures.append(f"no answer ({error!r}): {told(request)}")
            return
        self.statuses[answer.status_code] += 1
        if is_failure(answer):
            self.failures.append(f"{answer.status_code} {answer.text[:200]!r}: {told(request)}")


def is_failure(answer):
    """Whether the server failed: what it does not do (501), or not now (503), it may say, the latter with words."""
    status = answer.status_code
    return status >= 500 and status != 501 and not (status == 503 and answer.text.strip())


def told(request):
    body = {name: repr(request[name])[:300] for name in ("params", "headers", "json", "data", "files") if request.get(name)}
    return f"{request['method']} {request['url']} {body}"


def run(asking, operation, mode, examples, seed):
    """Asks of one operation what its description allows, or what it does not. Gives why there is nothing to ask."""
    name = f"{operation.method.upper()} {operation.path}"

    @hypothesis.seed(seed)
    @hypothesis.settings(
        max_examples=examples, database=None, deadline=None, phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @hypothesis.given(case=operation.as_strategy(generation_mode=mode))
    def ask(case):
        asking.ask(case, name)

    try:
        ask()
    except Exception as error:
        return f"{name}, {mode.name.lower()}: {(str(error) or repr(error)).splitlines()[0].split('. ')[0]}"
    return None


def main(base, wanted, user, seed):
    asking = Asking(base, int(wanted), user)
    operations = list(asking.operations())
    impossible = {}
    seed = int(seed)
    while asking.count() < asking.wanted:
        before = asking.count()
        examples = max(1, math.ceil((asking.wanted - before) / len(operations) / 2))
        for operation in operations:
            for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE):
                if reason := run(asking, operation, mode, examples, seed):
                    impossible[reason.split(":")[0]] = reason
        if asking.count() == before:
            break
        seed += 1
    print(f"{asking.count()} requests of {len(operations)} operations")
    for status, count in sorted(asking.statuses.items(), key=str):
        print(f"  {status}: {count}")
    for reason in impossible.values():
        print(f"nothing to ask: {reason}")
    for failure in asking.failures[:MOST_TOLD]:
        print(failure)
    print(f"{len(asking.failures)} failures")
    return 1 if asking.failures or asking.count() < asking.wanted else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
