"""EventBridge: rules, targets, buses, patterns, archives, replays, tags."""

import json
import re

from harness import ACCOUNT, NOW, REGION, case, denials, equal, expect, refusals

HERE = f"arn:aws:events:{REGION}:{ACCOUNT}"
BUS = f"{HERE}:event-bus/default"
TOPIC = f"arn:aws:sns:{REGION}:{ACCOUNT}:none"


def rule(client, name, pattern=None, **more):
    pattern = pattern or {"source": [name]}
    return client("events", "PutRule", Name=name, EventPattern=json.dumps(pattern), **more)["RuleArn"]


@case("events", "PutRule DescribeRule ListRules")
def rules(client):
    equal(rule(client, "orders", Description="text"), f"{HERE}:rule/orders")
    found = client("events", "DescribeRule", Name="orders")
    equal(
        (
            found["Name"],
            found["Arn"],
            found["State"],
            json.loads(found["EventPattern"]),
            found["EventBusName"],
            found["Description"],
        ),
        ("orders", f"{HERE}:rule/orders", "ENABLED", {"source": ["orders"]}, "default", "text"),
    )
    client("events", "PutRule", Name="orders-daily", ScheduleExpression="cron(0 18 ? * MON-FRI *)", State="DISABLED")
    listed = client("events", "ListRules", NamePrefix="orders")["Rules"]
    equal(
        [(one["Name"], one["State"], one.get("ScheduleExpression")) for one in listed],
        [("orders", "ENABLED", None), ("orders-daily", "DISABLED", "cron(0 18 ? * MON-FRI *)")],
    )


@case("events", "DisableRule EnableRule DeleteRule", refuses="DescribeRule")
def a_rule_off_on_and_away(client):
    rule(client, "switch")
    state = lambda: client("events", "DescribeRule", Name="switch")["State"]  # noqa: E731
    client("events", "DisableRule", Name="switch")
    equal(state(), "DISABLED")
    client("events", "EnableRule", Name="switch")
    equal(state(), "ENABLED")
    client("events", "DeleteRule", Name="switch")
    client.refused(
        "ResourceNotFoundException",
        400,
        "Rule switch does not exist on EventBus default.",
        "events",
        "DescribeRule",
        Name="switch",
    )


@case("events", "PutTargets ListTargetsByRule ListRuleNamesByTarget RemoveTargets", refuses="DeleteRule")
def targets(client):
    rule(client, "aimed")
    wanted = {
        "Id": "t",
        "Arn": TOPIC + "-aimed",
        "InputTransformer": {"InputPathsMap": {"a": "$.detail.a"}, "InputTemplate": '"<a>"'},
    }
    equal(client("events", "PutTargets", Rule="aimed", Targets=[wanted])["FailedEntryCount"], 0)
    equal(client("events", "ListTargetsByRule", Rule="aimed")["Targets"], [wanted])
    equal(client("events", "ListRuleNamesByTarget", TargetArn=TOPIC + "-aimed")["RuleNames"], ["aimed"])
    client.refused(
        "ValidationException", 400, "Rule can't be deleted since it has targets.", "events", "DeleteRule", Name="aimed"
    )
    equal(client("events", "RemoveTargets", Rule="aimed", Ids=["t"])["FailedEntryCount"], 0)
    equal(client("events", "ListTargetsByRule", Rule="aimed")["Targets"], [])


@case("events", "PutEvents")
def entries_are_judged_one_by_one(client):
    answer = client(
        "events",
        "PutEvents",
        Entries=[
            {"Source": "shop", "DetailType": "order", "Detail": '{"a":1}'},
            {"Source": "shop", "DetailType": "order"},
            {"Source": "shop", "DetailType": "order", "Detail": "no JSON"},
        ],
    )
    equal(answer["FailedEntryCount"], 2)
    expect(re.fullmatch("[0-9a-f-]{36}", answer["Entries"][0]["EventId"]), answer)
    equal([one.get("ErrorCode") for one in answer["Entries"]], [None, "InvalidArgument", "MalformedDetail"])


def event(**more):
    return {
        "id": "1",
        "account": ACCOUNT,
        "source": "shop",
        "time": "2026-01-01T00:00:00Z",
        "region": REGION,
        "resources": [],
        "detail-type": "x",
        "detail": {},
        **more,
    }


def matches(client, rows):
    for pattern, detail, wanted in rows:
        found = client(
            "events",
            "TestEventPattern",
            EventPattern=json.dumps({"detail": pattern}),
            Event=json.dumps(event(detail=detail)),
        )["Result"]
        expect(found is wanted, f"{pattern} on {detail}: {found}")


@case("events", "TestEventPattern")
def plain_patterns(client):
    matches(
        client,
        [
            ({"a": ["x", 1, None, True]}, {"a": "x"}, True),
            ({"a": [300]}, {"a": 300.0}, True),
            ({"a": [None]}, {"a": "null"}, False),
            ({"a": {"b": ["x"]}}, {"a": {"b": ["y", "x"]}}, True),
            ({"a": ["x"], "b": ["y"]}, {"a": "x"}, False),
            ({"a": [""]}, {"a": ""}, True),
        ],
    )


@case("events", "TestEventPattern", group="matchers: text")
def matchers_of_text(client):
    matches(
        client,
        [
            ({"a": [{"prefix": "in"}]}, {"a": "init"}, True),
            ({"a": [{"prefix": {"equals-ignore-case": "IN"}}]}, {"a": "init"}, True),
            ({"a": [{"suffix": ".png"}]}, {"a": "x.jpg"}, False),
            ({"a": [{"equals-ignore-case": "ALICE"}]}, {"a": "alice"}, True),
            ({"a": [{"wildcard": "a*b"}]}, {"a": "axxb"}, True),
            ({"a": [{"wildcard": "a*b"}]}, {"a": "axxc"}, False),
        ],
    )


@case("events", "TestEventPattern", group="matchers: anything-but")
def matchers_of_anything_but(client):
    matches(
        client,
        [
            ({"a": [{"anything-but": "x"}]}, {"a": "y"}, True),
            ({"a": [{"anything-but": ["x", "y"]}]}, {"a": "y"}, False),
            ({"a": [{"anything-but": "x"}]}, {"a": None}, True),
            ({"a": [{"anything-but": "x"}]}, {"b": "y"}, False),
            ({"a": [{"anything-but": {"prefix": "init"}}]}, {"a": "initial"}, False),
            ({"a": [{"anything-but": {"prefix": "init"}}]}, {"a": 12}, True),
            ({"a": [{"anything-but": {"suffix": ["x", "y"]}}]}, {"a": "by"}, False),
            ({"a": [{"anything-but": {"wildcard": "*/lib/*"}}]}, {"a": "/usr/lib/x"}, False),
        ],
    )


@case("events", "TestEventPattern", group="matchers: numbers, addresses, presence, $or")
def matchers_of_numbers_addresses_and_presence(client):
    matches(
        client,
        [
            ({"a": [{"numeric": [">", 0, "<=", 5]}]}, {"a": 5}, True),
            ({"a": [{"numeric": [">", 0, "<=", 5]}]}, {"a": 5.1}, False),
            ({"a": [{"numeric": ["=", 3.0]}]}, {"a": 3}, True),
            ({"a": [{"numeric": ["<", 10]}]}, {"a": "3"}, False),
            ({"a": [{"cidr": "10.0.0.0/24"}]}, {"a": "10.0.0.255"}, True),
            ({"a": [{"cidr": "10.0.0.0/24"}]}, {"a": "10.0.1.0"}, False),
            ({"a": [{"cidr": "2001:db8::/32"}]}, {"a": "2001:db8::1"}, True),
            ({"a": [{"exists": False}]}, {"b": 1}, True),
            ({"a": [{"exists": True}]}, {"a": []}, False),
            ({"$or": [{"a": ["x"]}, {"b": [{"numeric": [">", 1]}]}]}, {"b": 2}, True),
            ({"$or": [{"a": ["x"]}, {"b": [{"numeric": [">", 1]}]}]}, {"b": 1}, False),
        ],
    )


@case("events", "CreateEventBus DescribeEventBus ListEventBuses DeleteEventBus", refuses="DescribeEventBus")
def buses(client):
    arn = client("events", "CreateEventBus", Name="shop", Tags=[{"Key": "env", "Value": "t"}])["EventBusArn"]
    equal(arn, f"{HERE}:event-bus/shop")
    found = client("events", "DescribeEventBus", Name="shop")
    equal((found["Name"], found["Arn"]), ("shop", arn))
    listed = client("events", "ListEventBuses")["EventBuses"]
    equal(
        sorted((one["Name"], one["Arn"]) for one in listed if one["Name"] in ("shop", "default")),
        [("default", BUS), ("shop", arn)],
    )
    equal(client("events", "ListTagsForResource", ResourceARN=arn)["Tags"], [{"Key": "env", "Value": "t"}])
    equal(rule(client, "on-shop", EventBusName="shop"), f"{HERE}:rule/shop/on-shop")
    client("events", "DeleteRule", Name="on-shop", EventBusName="shop")
    client("events", "DeleteEventBus", Name="shop")
    client.refused(
        "ResourceNotFoundException", 400, "Event bus shop does not exist.", "events", "DescribeEventBus", Name="shop"
    )


@case("events", "UpdateEventBus PutPermission RemovePermission")
def permissions(client):
    client("events", "CreateEventBus", Name="shared")
    client("events", "UpdateEventBus", Name="shared", Description="for all of us")
    client(
        "events",
        "PutPermission",
        EventBusName="shared",
        StatementId="friends",
        Action="events:PutEvents",
        Principal="111122223333",
    )
    bus = client("events", "DescribeEventBus", Name="shared")
    equal(bus["Description"], "for all of us")
    equal([one["Sid"] for one in json.loads(bus["Policy"])["Statement"]], ["friends"])
    client("events", "RemovePermission", EventBusName="shared", StatementId="friends")
    expect("Policy" not in client("events", "DescribeEventBus", Name="shared"))
    client("events", "DeleteEventBus", Name="shared")


# A server has none of these, and says so.
@case("events", "ListConnections ListApiDestinations ListEndpoints ListEventSources ListPartnerEventSources")
def elsewhere(client):
    for kind in ("Connections", "ApiDestinations", "Endpoints", "EventSources"):
        equal(client("events", f"List{kind}")[kind], [])
    listed = client("events", "ListPartnerEventSources", NamePrefix="aws.partner/a.example/b")
    equal(listed["PartnerEventSources"], [])


@case("events", "", refuses="DescribeConnection DescribeApiDestination DescribeEndpoint DescribeEventSource")
def described_elsewhere(client):
    for kind in ("Connection", "ApiDestination", "Endpoint"):
        message = f"{kind} never-was does not exist."
        client.refused("ResourceNotFoundException", 400, message, "events", f"Describe{kind}", Name="never-was")
    name = "aws.partner/a.example/b"
    message = f"Event source {name} does not exist."
    client.refused("ResourceNotFoundException", 400, message, "events", "DescribeEventSource", Name=name)


@case("events", "", refuses="DeleteConnection DeleteApiDestination DeleteEndpoint")
def deleted_elsewhere(client):
    for kind in ("Connection", "ApiDestination", "Endpoint"):
        message = f"{kind} never-was does not exist."
        client.refused("ResourceNotFoundException", 400, message, "events", f"Delete{kind}", Name="never-was")


@case("events", "CreateArchive DescribeArchive ListArchives UpdateArchive DeleteArchive", refuses="DescribeArchive")
def archives(client):
    arn = client(
        "events",
        "CreateArchive",
        ArchiveName="kept",
        EventSourceArn=BUS,
        RetentionDays=3,
        EventPattern='{"source":["kept"]}',
    )["ArchiveArn"]
    equal(arn, f"{HERE}:archive/kept")
    client(
        "events",
        "PutEvents",
        Entries=[{"Source": "kept", "DetailType": "x", "Detail": "{}"}] * 2
        + [{"Source": "not-kept", "DetailType": "x", "Detail": "{}"}],
    )
    found = client("events", "DescribeArchive", ArchiveName="kept")
    equal(
        (found["EventSourceArn"], found["RetentionDays"], found["State"], found["EventCount"]), (BUS, 3, "ENABLED", 2)
    )
    expect(found["SizeBytes"] > 0, found)
    client("events", "UpdateArchive", ArchiveName="kept", Description="later", RetentionDays=5)
    found = client("events", "DescribeArchive", ArchiveName="kept")
    equal((found["Description"], found["RetentionDays"]), ("later", 5))
    equal([one["ArchiveName"] for one in client("events", "ListArchives", NamePrefix="ke")["Archives"]], ["kept"])
    client("events", "DeleteArchive", ArchiveName="kept")
    client.refused(
        "ResourceNotFoundException",
        400,
        "Archive kept does not exist.",
        "events",
        "DescribeArchive",
        ArchiveName="kept",
    )


@case("events", "StartReplay DescribeReplay ListReplays", group="replay")
def a_replay_delivers_what_was_kept(client):
    archive = client(
        "events", "CreateArchive", ArchiveName="again", EventSourceArn=BUS, EventPattern='{"source":["again"]}'
    )
    client("events", "PutEvents", Entries=[{"Source": "again", "DetailType": "x", "Detail": "{}"}] * 3)
    # A second archive takes what the replay brings to the bus: rules see it, archives by their pattern do not twice.
    answer = client(
        "events",
        "StartReplay",
        ReplayName="replay",
        EventSourceArn=archive["ArchiveArn"],
        EventStartTime=NOW - 3600,
        EventEndTime=NOW + 3600,
        Destination={"Arn": BUS},
    )
    equal(answer["ReplayArn"], f"{HERE}:replay/replay")
    while True:
        found = client("events", "DescribeReplay", ReplayName="replay")
        if found["State"] == "COMPLETED":
            break
        expect(found["State"] in ("STARTING", "RUNNING"), found)
        yield
    equal((found["EventSourceArn"], found["Destination"]), (archive["ArchiveArn"], {"Arn": BUS}))
    equal([one["ReplayName"] for one in client("events", "ListReplays", NamePrefix="repl")["Replays"]], ["replay"])


@case("events", "CancelReplay", refuses="CancelReplay")
def a_replay_is_cancelled_while_it_runs(client):
    archive = client(
        "events", "CreateArchive", ArchiveName="much", EventSourceArn=BUS, EventPattern='{"source":["much"]}'
    )
    for _ in range(30):
        client("events", "PutEvents", Entries=[{"Source": "much", "DetailType": "x", "Detail": "{}"}] * 10)
    client(
        "events",
        "StartReplay",
        ReplayName="ends",
        EventSourceArn=archive["ArchiveArn"],
        EventStartTime=NOW - 3600,
        EventEndTime=NOW + 3600,
        Destination={"Arn": BUS},
    )
    equal(client("events", "CancelReplay", ReplayName="ends")["State"], "CANCELLING")
    while client("events", "DescribeReplay", ReplayName="ends")["State"] != "CANCELLED":
        yield
    client.refused("IllegalStatusException", 400, None, "events", "CancelReplay", ReplayName="ends")


@case("events", "TagResource UntagResource ListTagsForResource")
def tags_of_a_rule(client):
    arn = rule(client, "tagged", Tags=[{"Key": "team", "Value": "a"}])
    client("events", "TagResource", ResourceARN=arn, Tags=[{"Key": "team", "Value": "b"}, {"Key": "x", "Value": "1"}])
    client("events", "UntagResource", ResourceARN=arn, TagKeys=["x"])
    equal(client("events", "ListTagsForResource", ResourceARN=arn)["Tags"], [{"Key": "team", "Value": "b"}])


NONE = {"ResourceARN": f"{HERE}:rule/never-was"}
NO_RULE = "Rule never-was does not exist on EventBus default."
SCALAR = json.dumps({"source": "shop"})
refusals(
    "events",
    [
        (
            "PutRule",
            "InvalidEventPatternException",
            400,
            re.compile('^Event pattern is not valid. Reason: "source" must be an object or an array'),
            {"Name": "bad", "EventPattern": SCALAR},
        ),
        (
            "PutRule",
            "ValidationException",
            400,
            "Parameter ScheduleExpression is not valid.",
            {"Name": "bad", "ScheduleExpression": "cron(0 1 * * * *)"},
        ),
        ("DescribeRule", "ResourceNotFoundException", 400, NO_RULE, {"Name": "never-was"}),
        ("EnableRule", "ResourceNotFoundException", 400, NO_RULE, {"Name": "never-was"}),
        ("DisableRule", "ResourceNotFoundException", 400, NO_RULE, {"Name": "never-was"}),
        (
            "ListRules",
            "ResourceNotFoundException",
            400,
            "Event bus never-was does not exist.",
            {"EventBusName": "never-was"},
        ),
        (
            "PutTargets",
            "ResourceNotFoundException",
            400,
            NO_RULE,
            {"Rule": "never-was", "Targets": [{"Id": "t", "Arn": TOPIC}]},
        ),
        ("ListTargetsByRule", "ResourceNotFoundException", 400, NO_RULE, {"Rule": "never-was"}),
        ("RemoveTargets", "ResourceNotFoundException", 400, NO_RULE, {"Rule": "never-was", "Ids": ["t"]}),
        (
            "ListRuleNamesByTarget",
            "ResourceNotFoundException",
            400,
            "Event bus never-was does not exist.",
            {"TargetArn": TOPIC, "EventBusName": "never-was"},
        ),
        (
            "PutEvents",
            "ValidationException",
            400,
            re.compile("'entries' failed to satisfy constraint: Member must have length less than or equal to 10"),
            {"Entries": [{"Source": "s", "DetailType": "x", "Detail": "{}"}] * 11},
        ),
        (
            "TestEventPattern",
            "InvalidEventPatternException",
            400,
            re.compile("^Event pattern is not valid. Reason: Empty arrays are not allowed"),
            {"EventPattern": '{"source":[]}', "Event": json.dumps(event())},
        ),
        (
            "TestEventPattern",
            "InvalidEventPatternException",
            400,
            re.compile("Reason: Unrecognized match type EXISTS"),
            {"EventPattern": '{"source":[{"EXISTS":true}]}', "Event": json.dumps(event())},
        ),
        (
            "TestEventPattern",
            "ValidationException",
            400,
            "Parameter Event is not valid.",
            {"EventPattern": '{"source":["a"]}', "Event": '{"source":"a"}'},
        ),
        (
            "CreateEventBus",
            "ResourceAlreadyExistsException",
            400,
            "Event bus default already exists.",
            {"Name": "default"},
        ),
        (
            "DescribeEventBus",
            "ResourceNotFoundException",
            400,
            "Event bus never-was does not exist.",
            {"Name": "never-was"},
        ),
        (
            "ListEventBuses",
            "ValidationException",
            400,
            re.compile("'limit' failed to satisfy constraint"),
            {"Limit": 0},
        ),
        (
            "UpdateEventBus",
            "ResourceNotFoundException",
            400,
            "Event bus never-was does not exist.",
            {"Name": "never-was"},
        ),
        (
            "PutPermission",
            "ResourceNotFoundException",
            400,
            "Event bus never-was does not exist.",
            {"EventBusName": "never-was", "StatementId": "a", "Action": "events:PutEvents", "Principal": "*"},
        ),
        ("RemovePermission", "ResourceNotFoundException", 400, None, {"StatementId": "never-was"}),
        *[
            (f"List{kind}", "ValidationException", 400, re.compile("'limit' failed to satisfy constraint"), {"Limit": 0})
            for kind in ("Connections", "ApiDestinations", "EventSources")
        ],
        (
            "ListEndpoints",
            "ValidationException",
            400,
            re.compile("'maxResults' failed to satisfy constraint"),
            {"MaxResults": 0},
        ),
        (
            "ListPartnerEventSources",
            "ValidationException",
            400,
            re.compile("'namePrefix' failed to satisfy constraint"),
            {"NamePrefix": "never-was"},
        ),
        *[
            (f"Describe{kind}", "ValidationException", 400, re.compile("'name' failed to satisfy constraint"), {"Name": "?"})
            for kind in ("Connection", "ApiDestination", "Endpoint", "EventSource")
        ],
        *[
            (f"Delete{kind}", "ValidationException", 400, re.compile("'name' failed to satisfy constraint"), {"Name": "?"})
            for kind in ("Connection", "ApiDestination", "Endpoint")
        ],
        (
            "DeleteEventBus",
            "ValidationException",
            400,
            re.compile("[Cc]annot delete event bus default"),
            {"Name": "default"},
        ),
        (
            "CreateArchive",
            "ResourceNotFoundException",
            400,
            "Event bus never-was does not exist.",
            {"ArchiveName": "bad", "EventSourceArn": f"{HERE}:event-bus/never-was"},
        ),
        (
            "DescribeArchive",
            "ResourceNotFoundException",
            400,
            "Archive never-was does not exist.",
            {"ArchiveName": "never-was"},
        ),
        (
            "ListArchives",
            "ValidationException",
            400,
            "At most one filter is allowed for ListArchives. Use either : State, EventSourceArn, or NamePrefix.",
            {"NamePrefix": "a", "State": "ENABLED"},
        ),
        (
            "UpdateArchive",
            "ResourceNotFoundException",
            400,
            "Archive never-was does not exist.",
            {"ArchiveName": "never-was"},
        ),
        (
            "DeleteArchive",
            "ResourceNotFoundException",
            400,
            "Archive never-was does not exist.",
            {"ArchiveName": "never-was"},
        ),
        (
            "StartReplay",
            "ValidationException",
            400,
            None,
            {
                "ReplayName": "bad",
                "EventSourceArn": f"{HERE}:archive/never-was",
                "EventStartTime": NOW,
                "EventEndTime": NOW - 60,
                "Destination": {"Arn": BUS},
            },
        ),
        (
            "DescribeReplay",
            "ResourceNotFoundException",
            400,
            "Replay never-was does not exist.",
            {"ReplayName": "never-was"},
        ),
        (
            "ListReplays",
            "ValidationException",
            400,
            "At most one filter is allowed for ListReplays. Use either : State, EventSourceArn, or NamePrefix.",
            {"NamePrefix": "a", "State": "RUNNING"},
        ),
        (
            "CancelReplay",
            "ResourceNotFoundException",
            400,
            "Replay never-was does not exist.",
            {"ReplayName": "never-was"},
        ),
        ("TagResource", "ResourceNotFoundException", 400, NO_RULE, {**NONE, "Tags": [{"Key": "a", "Value": "b"}]}),
        ("UntagResource", "ResourceNotFoundException", 400, NO_RULE, {**NONE, "TagKeys": ["a"]}),
        ("ListTagsForResource", "ResourceNotFoundException", 400, NO_RULE, NONE),
    ],
)
denials("events", [("PutEvents", {"Entries": [{"Source": "s", "DetailType": "x", "Detail": "{}"}]}), ("ListRules", {})])
