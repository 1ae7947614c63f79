"""What Grafana's CloudWatch data source sends, in the shapes in which it sends it."""

import re

from harness import ACCOUNT, MINUTE, Refused, case, equal, expect
from metrics import data

SPACE = "Grafana/App"


def series(client):
    for host, value in (("a", 1.0), ("b", 2.0)):
        data(client, "load", [value, value + 10], namespace=SPACE, dimensions={"Host": host})


def panel(client, *queries):
    """A panel's request: oldest first, with the browser's offset for labels."""
    return client(
        "cloudwatch",
        "GetMetricData",
        StartTime=MINUTE - 3600,
        EndTime=MINUTE + 60,
        ScanBy="TimestampAscending",
        LabelOptions={"Timezone": "+0100"},
        MetricDataQueries=list(queries),
    )["MetricDataResults"]


@case("cloudwatch", "ListMetrics", group="Grafana")
def health_check(client):
    found = client("cloudwatch", "ListMetrics", Namespace="AWS/Billing", MetricName="EstimatedCharges")
    equal(found["Metrics"], [])


@case("cloudwatch", "GetMetricData", group="Grafana")
def a_panel_of_one_metric(client):
    series(client)
    metric = {"Namespace": SPACE, "MetricName": "load", "Dimensions": [{"Name": "Host", "Value": "a"}]}
    found = panel(
        client,
        {
            "Id": "queryA",
            "ReturnData": True,
            "Label": "${PROP('MetricName')} ${PROP('Dim.Host')}",
            "MetricStat": {"Metric": metric, "Period": 60, "Stat": "Average"},
        },
    )
    equal(
        [(one["Id"], one["Label"], one["Values"], one["StatusCode"]) for one in found],
        [("queryA", "load a", [1.0, 11.0], "Complete")],
    )


@case("cloudwatch", "GetMetricData", group="Grafana")
def a_panel_over_a_wildcard(client):
    series(client)
    for expression in (
        f'REMOVE_EMPTY(SEARCH(\'{{"{SPACE}","Host"}} MetricName="load"\', \'Average\', 60))',
        f'REMOVE_EMPTY(SEARCH(\'Namespace="{SPACE}" MetricName="load" "Host"\', \'Average\', 60))',
        f'REMOVE_EMPTY(SEARCH(\'{{"{SPACE}","Host"}} MetricName="load" "Host"=("a" OR "b")\', \'Average\', 60))',
    ):
        found = panel(
            client,
            {"Id": "queryA", "ReturnData": True, "Expression": expression, "Label": "${LABEL}|&|${PROP('Dim.Host')}"},
        )
        equal(
            sorted((one["Label"].split("|&|")[-1], one["Values"]) for one in found),
            [("a", [1.0, 11.0]), ("b", [2.0, 12.0])],
        )


@case("cloudwatch", "GetMetricData", group="Grafana")
def a_panel_of_mathematics_and_of_sql(client):
    series(client)
    metric = {"Namespace": SPACE, "MetricName": "load", "Dimensions": [{"Name": "Host", "Value": "b"}]}
    found = panel(
        client,
        {"Id": "a", "ReturnData": False, "MetricStat": {"Metric": metric, "Period": 60, "Stat": "Maximum"}},
        {"Id": "b", "ReturnData": True, "Expression": "a * 2", "Period": 60},
    )
    equal([(one["Id"], one["Values"]) for one in found], [("b", [4.0, 24.0])])
    found = panel(
        client,
        {
            "Id": "q",
            "ReturnData": True,
            "Period": 60,
            "Expression": f'SELECT MAX(load) FROM SCHEMA("{SPACE}", Host) GROUP BY Host ORDER BY MAX() DESC LIMIT 1',
        },
    )
    equal([one["Values"] for one in found], [[2.0, 12.0]])


@case("cloudwatch", "ListMetrics", group="Grafana")
def variables_of_metrics_and_dimensions(client):
    series(client)
    names = client("cloudwatch", "ListMetrics", Namespace=SPACE)["Metrics"]
    equal({one["MetricName"] for one in names}, {"load"})
    values = client("cloudwatch", "ListMetrics", Namespace=SPACE, MetricName="load", Dimensions=[{"Name": "Host"}])[
        "Metrics"
    ]
    equal(sorted(one["Dimensions"][0]["Value"] for one in values), ["a", "b"])
    # With an account chosen, owners are answered beside the metrics.
    linked = client("cloudwatch", "ListMetrics", Namespace=SPACE, IncludeLinkedAccounts=True, OwningAccount=ACCOUNT)
    equal((len(linked["Metrics"]), linked["OwningAccounts"]), (2, [ACCOUNT, ACCOUNT]))


@case("cloudwatch", "DescribeAlarmsForMetric DescribeAlarms DescribeAlarmHistory", group="Grafana")
def annotations_of_alarms(client):
    dimensions = [{"Name": "Host", "Value": "a"}]
    client(
        "cloudwatch",
        "PutMetricAlarm",
        AlarmName="grafana-high",
        Namespace=SPACE,
        MetricName="load",
        Dimensions=dimensions,
        Statistic="Average",
        Period=300,
        EvaluationPeriods=1,
        Threshold=5.0,
        TreatMissingData="ignore",
        ComparisonOperator="GreaterThanThreshold",
    )
    client("cloudwatch", "SetAlarmState", AlarmName="grafana-high", StateValue="ALARM", StateReason="drill")
    found = client(
        "cloudwatch",
        "DescribeAlarmsForMetric",
        Namespace=SPACE,
        MetricName="load",
        Dimensions=dimensions,
        Statistic="Average",
        Period=300,
    )["MetricAlarms"]
    equal([one["AlarmName"] for one in found], ["grafana-high"])
    # Prefixes that were left empty are sent as they are, or not at all.
    found = client("cloudwatch", "DescribeAlarms", MaxRecords=100, AlarmNamePrefix="grafana-")["MetricAlarms"]
    equal([(one["AlarmName"], one["Statistic"], one["Period"]) for one in found], [("grafana-high", "Average", 300)])
    items = client(
        "cloudwatch",
        "DescribeAlarmHistory",
        AlarmName="grafana-high",
        StartDate=MINUTE - 3600,
        EndDate=MINUTE + 3600,
        MaxRecords=100,
    )["AlarmHistoryItems"]
    expect(
        ("StateUpdate", "Alarm updated from INSUFFICIENT_DATA to ALARM")
        in [(one["HistoryItemType"], one["HistorySummary"]) for one in items],
        items,
    )
    expect(all(one["Timestamp"] and one["AlarmName"] == "grafana-high" for one in items), items)


@case("logs", "", group="Grafana")
def services_that_are_not_here_refuse_in_a_way_that_clients_read(client):
    for service, operation, members in (
        ("logs", "DescribeLogGroups", {"limit": 1}),
        ("ec2", "DescribeRegions", {}),
        ("oam", "ListSinks", {}),
        ("resourcegroupstaggingapi", "GetResources", {"ResourceTypeFilters": ["ec2:instance"], "TagFilters": []}),
    ):
        try:
            client(service, operation, **members)
        except Refused as refusal:
            expect(400 <= refusal.status < 500, f"{service}: {refusal}")
            expect(service == "oam" or re.fullmatch("[A-Za-z]+", str(refusal.code)), f"{service}: {refusal}")
        else:
            raise AssertionError(f"{service} answered")
