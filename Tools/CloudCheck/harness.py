"""What the checks stand on: a server of their own, clients of two kinds, a register of cases, and their run."""

import atexit
import contextlib
import datetime
import io
import json
import os
import re
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request

ACCOUNT, REGION = "123456789012", "eu-west-1"
KEY, SECRET = "AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
# May nothing at all: what it is refused is refused by policies.
NOBODY = ("NOBODYNOBODYNOBODY", "nobody-secret")
READER = ("READERREADERREADER", "reader-secret")
CONFIGURATION = f"""
identity:
  regions: any
  default-region: {REGION}
  accounts:
    "{ACCOUNT}":
      users:
        tester:
          keys:
            - {{id: {KEY}, secret: {SECRET}}}
          policies: [AdministratorAccess]
        nobody:
          keys:
            - {{id: {NOBODY[0]}, secret: {NOBODY[1]}}}
        reader:
          keys:
            - {{id: {READER[0]}, secret: {READER[1]}}}
          policies: [CloudWatchReadOnlyAccess]
"""
NOW = int(time.time())
MINUTE = NOW // 60 * 60


class Refused(Exception):
    """An answer with an error."""

    def __init__(self, code, status, message):
        super().__init__(f"{code} {status}: {message}")
        self.code, self.status, self.message = code, status, message


class Server:
    """A server in an empty directory on a free port of 127.0.0.1."""

    def __init__(self, varve, directory):
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.endpoint = f"http://127.0.0.1:{self.port}"
        self.directory = directory
        configuration = os.path.join(directory, "varve.yaml")
        with open(configuration, "w") as file:
            file.write(CONFIGURATION)
        self.log = os.path.join(directory, "log")
        with open(self.log, "w") as log:
            self.process = subprocess.Popen(
                [
                    varve,
                    "serve",
                    "--data",
                    os.path.join(directory, "data"),
                    "--config",
                    configuration,
                    "--line",
                    "off",
                    "--http",
                    f"127.0.0.1:{self.port}",
                ],
                stdout=log,
                stderr=log,
            )
        started = time.monotonic()
        while time.monotonic() - started < 60 and self.process.poll() is None:
            try:
                with urllib.request.urlopen(f"{self.endpoint}/ping", timeout=5):
                    self.seconds = time.monotonic() - started
                    return
            except OSError:
                time.sleep(0.005)
        self.process.kill()
        self.print_log()
        sys.exit(3)

    def print_log(self):
        with open(self.log) as log:
            print(log.read()[-3000:])

    def stop(self):
        """Whether it ended in order."""
        self.process.terminate()
        return self.process.wait(30) == 0


def plain(shape, value):
    """An answer with times as seconds since 1970, as both kinds of client give it then."""
    if shape is None or value is None:
        return value
    if shape.type_name == "structure" and isinstance(value, dict):
        return {key: plain(shape.members.get(key), one) for key, one in value.items() if key != "ResponseMetadata"}
    if shape.type_name == "list" and isinstance(value, list):
        return [plain(shape.member, one) for one in value]
    if shape.type_name == "timestamp":
        if isinstance(value, str):
            value = datetime.datetime.fromisoformat(value.replace("Z", "+00:00"))
        return value.timestamp() if isinstance(value, datetime.datetime) else value
    return value


class Client:
    """Calls operations of one endpoint with one key, by their names and the members of their input. Remembers which it
    called, and how they ended."""

    compares_messages = True

    def __init__(self, endpoint, key=KEY, secret=SECRET, token=None, region=REGION, calls=None):
        self.endpoint, self.region = endpoint, region
        self.credentials = (key, secret, token)
        self.calls = [] if calls is None else calls
        self.last_refusal = None

    def of(self, key=KEY, secret=SECRET, token=None, region=None):
        """Somebody else at the same endpoint."""
        return type(self)(self.endpoint, key, secret, token, region or self.region, self.calls)

    def __call__(self, service, operation, **members):
        try:
            answer = self.perform(service, operation, members)
        except Refused as refusal:
            self.last_refusal = refusal
            self.calls.append((service, operation, refusal.code))
            raise
        except Exception:
            self.calls.append((service, operation, "unreadable"))
            raise
        self.last_refusal = None
        self.calls.append((service, operation, None))
        return answer

    def refused(self, code, status, message, service, operation, **members):
        """The call must be refused so. `message` is the whole text, a pattern, or None where none is documented."""
        try:
            answer = self(service, operation, **members)
        except Refused as refusal:
            expect((refusal.code, refusal.status) == (code, status), f"expected {code} {status}, got {refusal}")
            if not self.compares_messages:
                return
            if isinstance(message, re.Pattern):
                expect(message.search(refusal.message), f"{refusal.message!r} is not {message.pattern!r}")
            elif message is not None:
                expect(refusal.message == message, f"{refusal.message!r} is not {message!r}")
        else:
            raise AssertionError(f"expected {code}, but it was accepted: {str(answer)[:200]}")


class Library(Client):
    """boto3."""

    name = "boto3"
    # Of CloudWatch's protocols: None leaves the choice to the library, which takes JSON.
    protocol = None
    _sessions, _made = {}, {}

    def client(self, service):
        """Clients take long to make, and cases are many: all cases share them."""
        import boto3
        import botocore.config

        place = (service, self.endpoint, self.region, self.credentials, self.protocol)
        made = Library._made.get(place)
        if made is None:
            session = Library._sessions.get(self.protocol)
            if session is None:
                session = Library._sessions[self.protocol] = boto3.session.Session()
                if self.protocol:
                    loader = session._session.get_component("data_loader")
                    metadata = loader.load_service_model("cloudwatch", "service-2")["metadata"]
                    metadata |= {"protocol": self.protocol, "protocols": [self.protocol]}
            key, secret, token = self.credentials
            made = session.client(
                service,
                endpoint_url=self.endpoint,
                region_name=self.region,
                aws_access_key_id=key,
                aws_secret_access_key=secret,
                aws_session_token=token,
                config=botocore.config.Config(retries={"max_attempts": 0}, parameter_validation=False, read_timeout=60),
            )
            Library._made[place] = made
        return made

    def model(self, service):
        return self.client(service).meta.service_model

    def perform(self, service, operation, members):
        import botocore.exceptions

        client = self.client(service)
        try:
            # By its name in the model: the methods have names of their own.
            answer = client._make_api_call(operation, members)
        except botocore.exceptions.ClientError as error:
            fault = error.response.get("Error", {})
            raise Refused(
                fault.get("Code"), error.response["ResponseMetadata"].get("HTTPStatusCode"), fault.get("Message", "")
            ) from None
        if operation == "GetMetricWidgetImage":
            import base64

            answer["MetricWidgetImage"] = base64.b64encode(answer["MetricWidgetImage"]).decode()
        return plain(client.meta.service_model.operation_model(operation).output_shape, answer)


class QueryLibrary(Library):
    """boto3 with the protocol of older libraries: Grafana up to version 11, many tools."""

    name, protocol = "boto3, query", "query"


class BinaryLibrary(Library):
    """boto3 with the protocol of newer libraries of other languages: Grafana from version 12."""

    name, protocol = "boto3, CBOR", "smithy-rpc-v2-cbor"


class CommandLine(Client):
    """The aws command line, in this process: its own parser reads every call, its own formatter writes the answer."""

    name = "aws"
    _driver = None

    @classmethod
    def driver(cls):
        if cls._driver is None:
            from awscli.clidriver import create_clidriver

            # It is the server that is to refuse.
            with tempfile.NamedTemporaryFile("w", suffix=".ini", delete=False) as file:
                file.write("[default]\nparameter_validation = false\n")
            atexit.register(os.remove, file.name)
            os.environ["AWS_CONFIG_FILE"] = file.name
            cls._driver = create_clidriver()
            cls._driver.session.register("after-call.*.*", cls._note)
        return cls._driver

    @classmethod
    def _note(cls, http_response, parsed, **_):
        cls._answer = (http_response.status_code, parsed.get("Error"))

    def model(self, service):
        return self.driver().session.get_service_model(service)

    def perform(self, service, operation, members):
        from botocore import xform_name

        model = self.model(service).operation_model(operation)
        shapes = model.input_shape.members if model.input_shape else {}
        words = [
            service,
            xform_name(operation, "-"),
            "--endpoint-url",
            self.endpoint,
            "--region",
            self.region,
            "--output",
            "json",
            "--cli-read-timeout",
            "60",
        ]
        required = model.input_shape.required_members if model.input_shape else []
        if any(name not in members for name in required):
            words += ["--cli-input-json", json.dumps(members)]
        else:
            for name, value in members.items():
                option = f"--{xform_name(name, '-')}"
                kind = shapes[name].type_name if name in shapes else "string"
                if kind == "boolean":
                    words.append(option if value else option.replace("--", "--no-", 1))
                elif kind in ("structure", "list", "map"):
                    words += [option, json.dumps(value)]
                else:
                    words.append(f"{option}={value}")
        if self._pages(service, operation):
            words.append("--no-paginate")
        if operation == "CreateVirtualMFADevice":
            return self._device(words, model)
        return self._run(words, model)

    def _pages(self, service, operation):
        with contextlib.suppress(Exception):
            pages = self.driver().session.get_component("data_loader").load_service_model(service, "paginators-1")
            return operation in pages["pagination"]
        return False

    def _device(self, words, model):
        """The command line writes the seed to a file and answers the rest."""
        path = os.path.join(tempfile.gettempdir(), f"varve-seed-{os.getpid()}")
        try:
            answer = self._run(words + ["--outfile", path, "--bootstrap-method", "Base32StringSeed"], model)
            with open(path) as file:
                answer["VirtualMFADevice"]["Base32StringSeed"] = file.read()
            return answer
        finally:
            with contextlib.suppress(FileNotFoundError):
                os.remove(path)

    def _run(self, words, model):
        driver, out, err = self.driver(), io.StringIO(), io.StringIO()
        driver.session.set_credentials(*self.credentials)
        CommandLine._answer = (0, None)
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            try:
                code = driver.main(words)
            except SystemExit as end:
                code = end.code
        status, fault = CommandLine._answer
        if status >= 300:
            fault = fault or {}
            shown = re.search(r"An error occurred \((.*?)\) when calling", err.getvalue())
            expect(code not in (0, None) and shown, f"aws ended with {code} and said {err.getvalue()!r}")
            raise Refused(shown[1], status, fault.get("Message", ""))
        expect(code == 0, f"aws {' '.join(words)} ended with {code}: {err.getvalue().strip()}")
        text = out.getvalue().strip()
        return plain(model.output_shape, json.loads(text)) if text else {}


# Cases

CASES = []


class Case:
    def __init__(self, body, positives, negatives, about, group):
        self.body, self.positives, self.negatives, self.about, self.group = body, positives, negatives, about, group

    @property
    def name(self):
        return f"{', '.join(sorted(self.positives | self.negatives)) or self.group}: {self.about}"


def case(service, operations, group=None, refuses=""):
    """Registers a check. `operations` are those (a text with spaces between) whose answers or effects it asserts,
    `refuses` those of which it asserts a refusal. A generator yields while what it waits for has not come, and is asked
    again."""

    def register(body):
        positives = {f"{service}:{operation}" for operation in operations.split()}
        negatives = {f"{service}:{operation}" for operation in refuses.split()}
        about = (body.__doc__ or body.__name__.replace("_", " ")).strip().rstrip(".")
        CASES.append(Case(body, positives, negatives, about, group or service))
        return body

    return register


def refusals(service, rows, group=None):
    """Registers calls that are refused: rows of operation, code, HTTP status, message, members."""
    for operation, code, status, message, members in rows:

        def body(client, row=(operation, code, status, message, members)):
            operation, code, status, message, members = row
            client.refused(code, status, message, service, operation, **members)

        about = f"refused with {code}"
        CASES.append(Case(body, set(), {f"{service}:{operation}"}, about, group or service))


def denials(service, rows):
    """Registers calls that a user without rights is refused."""
    # The services of JSON know 400 only; the older ones that speak it keep their codes of the query protocol.
    code = "AccessDeniedException" if service == "events" else "AccessDenied"
    status = 400 if service in ("cloudwatch", "events") else 403
    for operation, members in rows:

        def body(client, operation=operation, members=members):
            pattern = re.compile(
                f"^User: arn:aws:iam::{ACCOUNT}:user/nobody is not authorized to perform: "
                rf"{service}:{operation}\b"
            )
            client.of(*NOBODY).refused(code, status, pattern, service, operation, **members)

        CASES.append(Case(body, set(), {f"{service}:{operation}"}, "not allowed to everybody", "access"))


def expect(holds, detail=""):
    if not holds:
        raise AssertionError(detail if isinstance(detail, str) else repr(detail)[:600])


def equal(found, wanted):
    expect(found == wanted, f"{str(found)[:400]} is not {str(wanted)[:400]}")


class Outcome:
    """How a case ended: right, wrong or missing (the server does not have what it needs)."""

    def __init__(self, case, verdict, detail="", seconds=0.0, calls=()):
        self.case, self.verdict, self.detail, self.seconds, self.calls = case, verdict, detail, seconds, calls


def is_missing(refusal):
    """Whether the server says that it has no such operation. One that answers a page of HTML has none either."""
    codes = ("NotImplemented", "NotImplementedError", "InvalidAction", "UnknownOperation", "UnknownOperationException")
    said = refusal.message.lower()
    return (
        refusal.status == 501
        or refusal.code in codes
        or "<!doctype html>" in said
        or any(
            words in said
            for words in (
                "not yet implemented",
                "not been implemented",
                "not yet been implemented",
                "unknown operation",
            )
        )
    )


def run(client, cases=None, seconds=180, report=None):
    """Runs the cases in order, asking those that wait again until the time is over. The outcomes."""
    outcomes, waiting = [], []

    def note(case, verdict, detail, started, calls):
        outcome = Outcome(case, verdict, detail, time.monotonic() - started, calls)
        outcomes.append(outcome)
        if report:
            report(outcome)

    def step(case, started, own, act):
        """What `act` gives while there is more to wait for; None when the case has ended."""
        try:
            return act()
        except StopIteration:
            note(case, "right", "", started, own.calls)
        except Refused as refusal:
            note(case, "missing" if is_missing(refusal) else "wrong", str(refusal), started, own.calls)
        except AssertionError as failure:
            is_gone = own.last_refusal is not None and is_missing(own.last_refusal)
            note(case, "missing" if is_gone else "wrong", str(failure), started, own.calls)
        except Exception as error:
            # An answer that the client cannot read: of XML, where a page of HTML came.
            is_gone = "<!doctype html>" in str(error).lower()
            note(case, "missing" if is_gone else "wrong", f"{type(error).__name__}: {error}", started, own.calls)
        return None

    def ask(late=False):
        for entry in list(waiting):
            case, started, own, generator = entry
            if step(case, started, own, lambda: (next(generator), True)[1]) is None:
                waiting.remove(entry)
            elif late:
                waiting.remove(entry)
                late_by = f"what it waits for has not come after {time.monotonic() - started:.0f} s"
                note(case, "wrong", late_by, started, own.calls)

    asked = time.monotonic()
    for case in CASES if cases is None else cases:
        started = time.monotonic()
        if started - asked > 2:
            ask()
            asked = time.monotonic()
        own = client.of(*client.credentials)
        own.calls = []

        def begin(case=case, own=own):
            made = case.body(own)
            if made is None:
                check_calls(case, own.calls)
                raise StopIteration
            return checked(case, made, own)

        generator = step(case, started, own, begin)
        if generator is not None:
            if step(case, started, own, lambda: (next(generator), True)[1]):
                waiting.append((case, started, own, generator))
    end = time.monotonic() + seconds
    while waiting:
        time.sleep(0.5)
        ask(late=time.monotonic() > end)
    return outcomes


def checked(case, generator, client):
    yield from generator
    check_calls(case, client.calls)


def check_calls(case, calls):
    """A case that claims an operation must have called it, and been answered as it claims."""
    answered = {f"{service}:{operation}" for service, operation, code in calls if code is None}
    refused = {f"{service}:{operation}" for service, operation, code in calls if code is not None}
    expect(case.positives <= answered, f"claims {case.positives - answered}, which was not answered")
    expect(case.negatives <= refused, f"claims a refusal of {case.negatives - refused}")


# Coverage


def smallest(shape, depth=0):
    """A value that the model of an input allows, with nothing that is not required."""
    kind, limits = shape.type_name, shape.metadata
    if kind == "structure":
        names = shape.required_members or (list(shape.members)[:1] if depth else [])
        return {name: smallest(shape.members[name], depth + 1) for name in names}
    if kind == "list":
        return [smallest(shape.member, depth + 1) for _ in range(max(1, limits.get("min", 1)))]
    if kind == "map":
        return {}
    if kind in ("integer", "long", "float", "double"):
        return max(1, limits.get("min", 1))
    if kind == "boolean":
        return False
    if kind == "timestamp":
        return NOW
    if getattr(shape, "enum", None):
        return shape.enum[0]
    count = max(2, limits.get("min", 2))
    with contextlib.suppress(re.error):
        if not re.fullmatch(limits.get("pattern", ".*"), "x" * count):
            return "1" * count
    return "x" * count


# A server has none of the things that these ask for, so all they can do is to refuse.
ONLY_REFUSED = {
    "cloudwatch:AssociateDatasetKmsKey",
    "cloudwatch:DisassociateDatasetKmsKey",
    *(f"events:Delete{kind}" for kind in ("ApiDestination", "Connection", "Endpoint")),
    *(f"events:Describe{kind}" for kind in ("ApiDestination", "Connection", "Endpoint", "EventSource")),
}


def uncovered(client, services):
    """Operations of the models that the server answers although no case checks them both ways."""
    positives = ONLY_REFUSED.union(*(case.positives for case in CASES))
    negatives = set().union(*(case.negatives for case in CASES))
    missing, answered = [], 0
    for service in services:
        model = client.model(service)
        for operation in model.operation_names:
            name = f"{service}:{operation}"
            lacks = [kind for kind, cases in (("positive", positives), ("negative", negatives)) if name not in cases]
            if not lacks:
                answered += 1
                continue
            shape = model.operation_model(operation).input_shape
            said = "an answer"
            try:
                client(service, operation, **(smallest(shape) if shape else {}))
            except Refused as refusal:
                # Calls that are made without a signature do not come far enough to be told more.
                if is_missing(refusal) or refusal.code == "MissingAuthenticationToken":
                    continue
                said = refusal
            missing.append(f"{name} lacks a {' and a '.join(lacks)} check, and the server says {said}")
    return missing, answered
