"""CloudWatch: alarms, mute rules, anomaly detectors, tags."""

import json
import re

from harness import ACCOUNT, MINUTE, NOW, REGION, case, denials, equal, expect, refusals
from metrics import data, metric, query

ARN = f"arn:aws:cloudwatch:{REGION}:{ACCOUNT}:alarm:"


def put(client, name, **more):
    members = {
        "Namespace": "Alarmed",
        "MetricName": name,
        "Statistic": "Average",
        "Period": 60,
        "EvaluationPeriods": 1,
        "Threshold": 50.0,
        "ComparisonOperator": "GreaterThanThreshold",
    }
    members |= more
    client(
        "cloudwatch", "PutMetricAlarm", AlarmName=name, **{key: one for key, one in members.items() if one is not None}
    )


def described(client, *names, kind="MetricAlarm"):
    answer = client("cloudwatch", "DescribeAlarms", AlarmNames=list(names), AlarmTypes=[kind])
    return {one["AlarmName"]: one for one in answer[f"{kind}s"]}


def state(client, name, kind="MetricAlarm"):
    return described(client, name, kind=kind)[name]["StateValue"]


def history(client, name, **more):
    return client(
        "cloudwatch", "DescribeAlarmHistory", AlarmName=name, AlarmTypes=["MetricAlarm", "CompositeAlarm"], **more
    )["AlarmHistoryItems"]


@case("cloudwatch", "PutMetricAlarm DescribeAlarms")
def an_alarm_is_described_as_it_was_put(client):
    given = {
        "Namespace": "Alarmed",
        "MetricName": "cpu",
        "Dimensions": [{"Name": "Host", "Value": "a"}],
        "Period": 300,
        "ExtendedStatistic": "p99",
        "Statistic": None,
        "EvaluationPeriods": 3,
        "DatapointsToAlarm": 2,
        "Threshold": 90.5,
        "ComparisonOperator": "LessThanOrEqualToThreshold",
        "TreatMissingData": "breaching",
        "Unit": "Percent",
        "AlarmDescription": 'grüße "x"',
        "AlarmActions": [f"arn:aws:sns:{REGION}:{ACCOUNT}:ops"],
        "EvaluateLowSampleCountPercentile": "ignore",
        "ActionsEnabled": False,
    }
    put(client, "as-put", **given)
    alarm = described(client, "as-put")["as-put"]
    for key, value in given.items():
        equal(alarm.get(key), value)
    equal((alarm["AlarmArn"], alarm["OKActions"], alarm["InsufficientDataActions"]), (ARN + "as-put", [], []))
    equal((alarm["StateValue"], alarm["StateReason"]), ("INSUFFICIENT_DATA", "Unchecked: Initial alarm creation"))
    expect(abs(alarm["StateUpdatedTimestamp"] - NOW) < 300, alarm)


@case("cloudwatch", "PutMetricAlarm")
def a_second_put_replaces_all_of_it(client):
    put(client, "twice", AlarmDescription="first", Threshold=1.0)
    put(client, "twice", Threshold=2.0)
    alarm = described(client, "twice")["twice"]
    equal((alarm["Threshold"], "AlarmDescription" in alarm), (2.0, False))


@case("cloudwatch", "PutCompositeAlarm DescribeAlarms")
def a_composite_alarm_and_its_family(client):
    put(client, "child")
    rule = 'ALARM("child") OR NOT OK(child)'
    client("cloudwatch", "PutCompositeAlarm", AlarmName="parent", AlarmRule=rule, AlarmDescription="both")
    alarm = described(client, "parent", kind="CompositeAlarm")["parent"]
    equal((alarm["AlarmRule"], alarm["AlarmArn"], alarm["AlarmDescription"]), (rule, ARN + "parent", "both"))
    children = client(
        "cloudwatch", "DescribeAlarms", ChildrenOfAlarmName="parent", AlarmTypes=["MetricAlarm", "CompositeAlarm"]
    )
    equal([one["AlarmName"] for one in children["MetricAlarms"]], ["child"])


@case("cloudwatch", "DescribeAlarms", group="paging of alarms")
def pages_of_alarms(client):
    for index in range(5):
        put(client, f"page-{index}")
    first = client("cloudwatch", "DescribeAlarms", AlarmNamePrefix="page-", MaxRecords=3)
    second = client("cloudwatch", "DescribeAlarms", AlarmNamePrefix="page-", MaxRecords=3, NextToken=first["NextToken"])
    names = [one["AlarmName"] for one in first["MetricAlarms"] + second["MetricAlarms"]]
    equal((names, "NextToken" in second), ([f"page-{index}" for index in range(5)], False))


@case("cloudwatch", "DescribeAlarmsForMetric")
def alarms_of_a_metric(client):
    put(client, "for-a", MetricName="shared", Dimensions=[{"Name": "Host", "Value": "a"}])
    put(client, "for-b", MetricName="shared", Dimensions=[{"Name": "Host", "Value": "b"}], Period=300)
    asked = {"Namespace": "Alarmed", "MetricName": "shared", "Dimensions": [{"Name": "Host", "Value": "b"}]}
    found = client("cloudwatch", "DescribeAlarmsForMetric", **asked)["MetricAlarms"]
    equal([(one["AlarmName"], one["Period"]) for one in found], [("for-b", 300)])
    equal(client("cloudwatch", "DescribeAlarmsForMetric", Period=60, **asked)["MetricAlarms"], [])


@case("cloudwatch", "SetAlarmState DescribeAlarmHistory")
def states_that_are_set_and_their_history(client):
    put(client, "set", ActionsEnabled=False, TreatMissingData="ignore")
    client(
        "cloudwatch",
        "SetAlarmState",
        AlarmName="set",
        StateValue="ALARM",
        StateReason="drill",
        StateReasonData='{"why":1}',
    )
    alarm = described(client, "set")["set"]
    equal((alarm["StateValue"], alarm["StateReason"], alarm["StateReasonData"]), ("ALARM", "drill", '{"why":1}'))
    items = history(client, "set")
    summaries = [(one["HistoryItemType"], one["HistorySummary"]) for one in items]
    expect(("StateUpdate", "Alarm updated from INSUFFICIENT_DATA to ALARM") in summaries, summaries)
    expect(("ConfigurationUpdate", 'Alarm "set" created') in summaries, summaries)
    update = next(json.loads(one["HistoryData"]) for one in items if one["HistoryItemType"] == "StateUpdate")
    equal((update["newState"]["stateValue"], update["newState"]["stateReason"]), ("ALARM", "drill"))
    only = history(client, "set", HistoryItemType="ConfigurationUpdate", ScanBy="TimestampAscending")
    equal([one["HistorySummary"] for one in only], ['Alarm "set" created'])


@case("cloudwatch", "DisableAlarmActions EnableAlarmActions")
def actions_off_and_on(client):
    put(client, "acting")
    client("cloudwatch", "DisableAlarmActions", AlarmNames=["acting", "nobody-has-this"])
    equal(described(client, "acting")["acting"]["ActionsEnabled"], False)
    client("cloudwatch", "EnableAlarmActions", AlarmNames=["acting"])
    equal(described(client, "acting")["acting"]["ActionsEnabled"], True)


@case("cloudwatch", "DeleteAlarms", refuses="DeleteAlarms")
def deletion_spares_what_a_composite_needs(client):
    put(client, "needed")
    client("cloudwatch", "PutCompositeAlarm", AlarmName="needs", AlarmRule="ALARM(needed)")
    client.refused(
        "ValidationError",
        400,
        "Cannot delete needed as there are composite alarm(s) depending on it.",
        "cloudwatch",
        "DeleteAlarms",
        AlarmNames=["needed"],
    )
    client("cloudwatch", "DeleteAlarms", AlarmNames=["needs"])
    client("cloudwatch", "DeleteAlarms", AlarmNames=["needed", "never-was"])
    equal((described(client, "needed"), described(client, "needs", kind="CompositeAlarm")), ({}, {}))


@case("cloudwatch", "DescribeAlarmContributors")
def contributors_of_an_alarm_over_groups(client):
    for host, value in (("hot", 90.0), ("cool", 10.0)):
        data(client, "heat", [value] * 5, namespace="Groups", dimensions={"Host": host})
    text = 'SELECT MAX(heat) FROM SCHEMA("Groups", Host) GROUP BY Host ORDER BY MAX() DESC'
    client(
        "cloudwatch",
        "PutMetricAlarm",
        AlarmName="groups",
        EvaluationPeriods=1,
        Threshold=50.0,
        ComparisonOperator="GreaterThanThreshold",
        Metrics=[{"Id": "q", "Expression": text, "Period": 60}],
    )
    while True:
        found = client("cloudwatch", "DescribeAlarmContributors", AlarmName="groups")["AlarmContributors"]
        if found:
            break
        yield
    equal([one["ContributorAttributes"] for one in found], [{"Host": "hot"}])
    expect(re.fullmatch("[0-9a-f]{16}", found[0]["ContributorId"]), found)
    expect(found[0]["StateReason"].startswith("Threshold Crossed: 1 datapoint was greater than"), found)


def quick(client, name, **more):
    """An alarm that is evaluated every ten seconds."""
    put(client, name, Period=10, **more)


@case("cloudwatch", "PutMetricAlarm", group="alarms by data")
def an_alarm_goes_off_by_data_and_says_why(client):
    quick(client, "by-data", MetricName="by-data", EvaluationPeriods=2, DatapointsToAlarm=1)
    import time

    now = int(time.time()) // 10 * 10
    client(
        "cloudwatch",
        "PutMetricData",
        Namespace="Alarmed",
        MetricData=[
            {"MetricName": "by-data", "Timestamp": now - back, "Value": 99.0, "StorageResolution": 1}
            for back in range(-30, 31, 10)
        ],
    )
    while state(client, "by-data") != "ALARM":
        yield
    alarm = described(client, "by-data")["by-data"]
    expect(
        re.match(
            r"Threshold Crossed: \d out of the last 2 datapoints \[99\.0 \(.*\)\] was greater than the threshold "
            r"\(50\.0\) \(minimum 1 datapoint for OK -> ALARM transition\)\.",
            alarm["StateReason"],
        )
        or re.match(
            r"Threshold Crossed: 2 out of the last 2 datapoints \[99\.0 \(.*\)\] were greater", alarm["StateReason"]
        ),
        alarm["StateReason"],
    )
    reason = json.loads(alarm["StateReasonData"])
    equal((reason["version"], reason["period"], reason["threshold"]), ("1.0", 10, 50.0))


@case("cloudwatch", "PutMetricAlarm", group="missing data")
def missing_data_as_the_alarm_says(client):
    for treatment in ("breaching", "notBreaching", "missing"):
        quick(client, f"gone-{treatment}", MetricName="never-sent", TreatMissingData=treatment)
    while (state(client, "gone-breaching"), state(client, "gone-notBreaching")) != ("ALARM", "OK"):
        yield
    equal(state(client, "gone-missing"), "INSUFFICIENT_DATA")
    reason = described(client, "gone-breaching")["gone-breaching"]["StateReason"]
    equal(
        reason,
        "Threshold Crossed: no datapoints were received for 1 period and 1 missing datapoint was treated as "
        "[Breaching].",
    )


@case("cloudwatch", "PutCompositeAlarm", group="composite alarms by states")
def a_composite_alarm_follows_its_children(client):
    for name in ("left", "right"):
        put(client, name, TreatMissingData="ignore")
        client("cloudwatch", "SetAlarmState", AlarmName=name, StateValue="OK", StateReason="x")
    client("cloudwatch", "PutCompositeAlarm", AlarmName="both", AlarmRule="ALARM(left) AND NOT OK(right)")
    client("cloudwatch", "PutCompositeAlarm", AlarmName="half", AlarmRule="AT_LEAST(50%, ALARM, (left, right))")
    while [state(client, name, "CompositeAlarm") for name in ("both", "half")] != ["OK", "OK"]:
        yield
    client("cloudwatch", "SetAlarmState", AlarmName="left", StateValue="ALARM", StateReason="x")
    while [state(client, name, "CompositeAlarm") for name in ("both", "half")] != ["OK", "ALARM"]:
        yield
    client("cloudwatch", "SetAlarmState", AlarmName="right", StateValue="ALARM", StateReason="x")
    while [state(client, name, "CompositeAlarm") for name in ("both", "half")] != ["ALARM", "ALARM"]:
        yield


@case(
    "cloudwatch", "PutAlarmMuteRule GetAlarmMuteRule ListAlarmMuteRules DeleteAlarmMuteRule", refuses="GetAlarmMuteRule"
)
def mute_rules(client):
    put(client, "noisy")
    schedule = {"Expression": "cron(0 2 * * SAT)", "Duration": "PT4H", "Timezone": "Europe/Berlin"}
    client(
        "cloudwatch",
        "PutAlarmMuteRule",
        Name="night",
        Description="window",
        Rule={"Schedule": schedule},
        MuteTargets={"AlarmNames": ["noisy"]},
    )
    rule = client("cloudwatch", "GetAlarmMuteRule", AlarmMuteRuleName="night")
    equal(
        (rule["Name"], rule["Description"], rule["Rule"]["Schedule"], rule["MuteTargets"], rule["MuteType"]),
        ("night", "window", schedule, {"AlarmNames": ["noisy"]}, "RECURRING"),
    )
    equal(rule["AlarmMuteRuleArn"], f"arn:aws:cloudwatch:{REGION}:{ACCOUNT}:alarm-mute-rule:night")
    expect(rule["Status"] in ("SCHEDULED", "ACTIVE"), rule)
    listed = client("cloudwatch", "ListAlarmMuteRules", AlarmName="noisy")["AlarmMuteRuleSummaries"]
    equal([one["AlarmMuteRuleArn"] for one in listed], [rule["AlarmMuteRuleArn"]])
    client("cloudwatch", "DeleteAlarmMuteRule", AlarmMuteRuleName="night")
    client("cloudwatch", "DeleteAlarmMuteRule", AlarmMuteRuleName="night")
    client.refused("ResourceNotFoundException", 404, None, "cloudwatch", "GetAlarmMuteRule", AlarmMuteRuleName="night")


@case(
    "cloudwatch", "PutAnomalyDetector DescribeAnomalyDetectors DeleteAnomalyDetector", refuses="DeleteAnomalyDetector"
)
def anomaly_detectors(client):
    single = {**metric("odd", "Odd", Host="a"), "Stat": "Average"}
    client(
        "cloudwatch",
        "PutAnomalyDetector",
        SingleMetricAnomalyDetector=single,
        Configuration={
            "ExcludedTimeRanges": [{"StartTime": MINUTE - 7200, "EndTime": MINUTE - 3600}],
            "MetricTimezone": "UTC",
        },
    )
    found = client("cloudwatch", "DescribeAnomalyDetectors", Namespace="Odd")["AnomalyDetectors"]
    equal(len(found), 1)
    equal(
        (found[0]["SingleMetricAnomalyDetector"]["MetricName"], found[0]["MetricName"], found[0]["Stat"]),
        ("odd", "odd", "Average"),
    )
    equal(found[0]["Configuration"]["ExcludedTimeRanges"], [{"StartTime": MINUTE - 7200, "EndTime": MINUTE - 3600}])
    expect(found[0]["StateValue"] in ("PENDING_TRAINING", "TRAINED_INSUFFICIENT_DATA", "TRAINED"), found)
    client("cloudwatch", "DeleteAnomalyDetector", SingleMetricAnomalyDetector=single)
    equal(client("cloudwatch", "DescribeAnomalyDetectors", Namespace="Odd")["AnomalyDetectors"], [])
    client.refused(
        "ResourceNotFoundException",
        404,
        None,
        "cloudwatch",
        "DeleteAnomalyDetector",
        SingleMetricAnomalyDetector=single,
    )


@case("cloudwatch", "TagResource UntagResource ListTagsForResource")
def tags_of_an_alarm(client):
    put(client, "tagged", Tags=[{"Key": "team", "Value": "a"}])
    client(
        "cloudwatch",
        "TagResource",
        ResourceARN=ARN + "tagged",
        Tags=[{"Key": "team", "Value": "b"}, {"Key": "tier", "Value": "1"}],
    )
    tags = lambda: {
        one["Key"]: one["Value"]
        for one in client(  # noqa: E731
            "cloudwatch", "ListTagsForResource", ResourceARN=ARN + "tagged"
        )["Tags"]
    }
    equal(tags(), {"team": "b", "tier": "1"})
    client("cloudwatch", "UntagResource", ResourceARN=ARN + "tagged", TagKeys=["team", "none"])
    equal(tags(), {"tier": "1"})


SIMPLE = {
    "AlarmName": "bad",
    "Namespace": "Alarmed",
    "MetricName": "x",
    "Statistic": "Average",
    "Period": 60,
    "EvaluationPeriods": 1,
    "Threshold": 1.0,
    "ComparisonOperator": "GreaterThanThreshold",
}
BAND = {
    "AlarmName": "bad",
    "EvaluationPeriods": 1,
    "ComparisonOperator": "GreaterThanUpperThreshold",
    "ThresholdMetricId": "b",
    "Metrics": [query("x", id="m"), {"Id": "a", "Expression": "ANOMALY_DETECTION_BAND(m)"}],
}
PATTERN = "1 validation error detected: Value '{}' at '{}' failed to satisfy constraint: {}"

refusals(
    "cloudwatch",
    [
        (
            "PutMetricAlarm",
            "ValidationError",
            400,
            re.compile(
                r"^1 validation error detected: Value 'Above' at 'comparisonOperator' "
                r"failed to satisfy constraint: Member must satisfy enum value set: \["
            ),
            {**SIMPLE, "ComparisonOperator": "Above"},
        ),
        (
            "PutMetricAlarm",
            "ValidationError",
            400,
            PATTERN.format("0", "evaluationPeriods", "Member must have value greater than or equal to 1"),
            {**SIMPLE, "EvaluationPeriods": 0},
        ),
        (
            "PutMetricAlarm",
            "ValidationError",
            400,
            "PutMetricAlarm request can not be made with both Statistic and ExtendedStatistic "
            "parameters. Only one of them should be present",
            {**SIMPLE, "ExtendedStatistic": "p90"},
        ),
        (
            "PutMetricAlarm",
            "ValidationError",
            400,
            "Period must be 10, 20, 30 or a multiple of 60",
            {**SIMPLE, "Period": 45},
        ),
        (
            "PutMetricAlarm",
            "ValidationError",
            400,
            "Metrics cannot be checked across more than a day (EvaluationPeriods * Period must "
            "be <= 86400) for alarms using period < 3600",
            {**SIMPLE, "EvaluationPeriods": 1441},
        ),
        (
            "PutMetricAlarm",
            "ValidationError",
            400,
            "DatapointsToAlarm must be less than or equal to EvaluationPeriods",
            {**SIMPLE, "DatapointsToAlarm": 2},
        ),
        (
            "PutMetricAlarm",
            "ValidationError",
            400,
            "The value never is not supported for TreatMissingData parameter. Supported values "
            "are [breaching, notBreaching, ignore, missing].",
            {**SIMPLE, "TreatMissingData": "never"},
        ),
        (
            "PutMetricAlarm",
            "ValidationError",
            400,
            "Invalid arn syntax: not-an-arn",
            {**SIMPLE, "AlarmActions": ["not-an-arn"]},
        ),
        (
            "PutMetricAlarm",
            "InvalidParameterValue",
            400,
            "The value p101 for parameter ExtendedStatistic is not supported.",
            {key: value for key, value in {**SIMPLE, "ExtendedStatistic": "p101"}.items() if key != "Statistic"},
        ),
        (
            "PutMetricAlarm",
            "ValidationError",
            400,
            "Metrics list must contain exactly one metric matching the ThresholdMetricId parameter",
            BAND,
        ),
        (
            "PutCompositeAlarm",
            "ValidationError",
            400,
            "Error in AlarmRule [Unsupported token 'true' at char 0, must be: '(', 'NOT', "
            "AT_LEAST, TRUE or FALSE, ALARM, OK, or INSUFFICIENT_DATA]",
            {"AlarmName": "bad", "AlarmRule": "true"},
        ),
        (
            "PutCompositeAlarm",
            "ValidationError",
            400,
            re.compile("^Could not save the composite alarm as alarms .*nowhere.* in the alarm rule do not exist$"),
            {"AlarmName": "bad", "AlarmRule": "ALARM(nowhere)"},
        ),
        ("DescribeAlarms", "InvalidNextToken", 400, None, {"NextToken": "nonsense"}),
        (
            "DescribeAlarms",
            "ValidationError",
            400,
            re.compile("'stateValue' failed to satisfy constraint: Member must satisfy enum"),
            {"StateValue": "BAD"},
        ),
        (
            "DescribeAlarmsForMetric",
            "ValidationError",
            400,
            re.compile("'period' failed to satisfy constraint: Member must have value greater than or equal to 1"),
            {"Namespace": "A", "MetricName": "x", "Period": 0},
        ),
        ("DescribeAlarmHistory", "InvalidNextToken", 400, None, {"NextToken": "nonsense"}),
        ("DescribeAlarmContributors", "ResourceNotFoundException", 404, None, {"AlarmName": "nowhere"}),
        (
            "SetAlarmState",
            "ResourceNotFound",
            404,
            None,
            {"AlarmName": "nowhere", "StateValue": "OK", "StateReason": "x"},
        ),
        (
            "SetAlarmState",
            "ValidationError",
            400,
            PATTERN.format("BAD", "stateValue", "Member must satisfy enum value set: [INSUFFICIENT_DATA, ALARM, OK]"),
            {"AlarmName": "nowhere", "StateValue": "BAD", "StateReason": "x"},
        ),
        (
            "EnableAlarmActions",
            "ValidationError",
            400,
            re.compile("'alarmNames' failed to satisfy constraint: Member must have length less than or equal to 100"),
            {"AlarmNames": [f"n{index}" for index in range(101)]},
        ),
        (
            "DisableAlarmActions",
            "ValidationError",
            400,
            re.compile("'alarmNames' failed to satisfy constraint: Member must have length less than or equal to 100"),
            {"AlarmNames": [f"n{index}" for index in range(101)]},
        ),
        (
            "PutAlarmMuteRule",
            "ValidationError",
            400,
            None,
            {"Name": "bad", "Rule": {"Schedule": {"Expression": "at(2026-13-01T00:00)", "Duration": "PT1H"}}},
        ),
        ("ListAlarmMuteRules", "InvalidNextToken", 400, None, {"NextToken": "nonsense"}),
        (
            "DeleteAlarmMuteRule",
            "ValidationError",
            400,
            re.compile("'alarmMuteRuleName' failed to satisfy constraint"),
            {"AlarmMuteRuleName": "n" * 256},
        ),
        (
            "PutAnomalyDetector",
            "InvalidParameterValue",
            400,
            "The value what is this for parameter SingleMetricAnomalyDetector.Stat is invalid.",
            {"SingleMetricAnomalyDetector": {**metric("x"), "Stat": "what is this"}},
        ),
        ("DescribeAnomalyDetectors", "InvalidNextToken", 400, None, {"NextToken": "nonsense"}),
        (
            "TagResource",
            "ResourceNotFoundException",
            404,
            None,
            {"ResourceARN": ARN + "nowhere", "Tags": [{"Key": "a", "Value": "b"}]},
        ),
        (
            "TagResource",
            "AccessDenied",
            400,
            'The provided tag keys must not start with any case of "aws:"',
            {"ResourceARN": ARN + "tagged", "Tags": [{"Key": "aWs:x", "Value": "b"}]},
        ),
        ("UntagResource", "ResourceNotFoundException", 404, None, {"ResourceARN": ARN + "nowhere", "TagKeys": ["a"]}),
        ("ListTagsForResource", "ResourceNotFoundException", 404, None, {"ResourceARN": ARN + "never-was"}),
    ],
)


@case("cloudwatch", "", refuses="SetAlarmState")
def state_data_that_are_no_json(client):
    put(client, "data")
    client.refused(
        "InvalidFormat",
        400,
        None,
        "cloudwatch",
        "SetAlarmState",
        AlarmName="data",
        StateValue="OK",
        StateReason="x",
        StateReasonData="nothing",
    )


denials(
    "cloudwatch", [("PutMetricAlarm", SIMPLE), ("DescribeAlarms", {}), ("DeleteAlarms", {"AlarmNames": ["as-put"]})]
)
