"""CloudWatch: metric data."""

import base64
import json
import re
import struct

from harness import MINUTE, NOW, case, denials, equal, expect, refusals

DAY = 86_400


def metric(name, namespace="App", **dimensions):
    return {
        "Namespace": namespace,
        "MetricName": name,
        "Dimensions": [{"Name": key, "Value": value} for key, value in dimensions.items()],
    }


def query(name, stat="Average", period=60, id="m1", namespace="App", dimensions=None, **more):
    return {
        "Id": id,
        "MetricStat": {"Metric": metric(name, namespace, **(dimensions or {})), "Period": period, "Stat": stat},
        **more,
    }


def data(client, name, values, namespace="App", dimensions=None, **more):
    """Puts a value a minute, the last of them one minute ago."""
    dimensions = [{"Name": key, "Value": value} for key, value in (dimensions or {}).items()]
    client(
        "cloudwatch",
        "PutMetricData",
        Namespace=namespace,
        MetricData=[
            {
                "MetricName": name,
                "Dimensions": dimensions,
                "Timestamp": MINUTE - 60 * (len(values) - index),
                "Value": value,
                **more,
            }
            for index, value in enumerate(values)
        ],
    )


def results(client, queries, start=MINUTE - 3600, end=MINUTE + 60, **more):
    more.setdefault("ScanBy", "TimestampAscending")
    return client("cloudwatch", "GetMetricData", MetricDataQueries=queries, StartTime=start, EndTime=end, **more)


def statistics(client, name, extended=(), plain=(), start=MINUTE - 3600, end=MINUTE + 60, period=3600, **more):
    more.setdefault("Namespace", "App")
    asked = {"Statistics": list(plain)} if plain else {}
    asked |= {"ExtendedStatistics": list(extended)} if extended else {}
    return client(
        "cloudwatch",
        "GetMetricStatistics",
        MetricName=name,
        StartTime=start,
        EndTime=end,
        Period=period,
        **asked,
        **more,
    )["Datapoints"]


def near(found, wanted):
    expect(found is not None and abs(found - wanted) <= 1e-9 * max(1, abs(wanted)), f"{found} is not {wanted}")


@case("cloudwatch", "PutMetricData GetMetricStatistics")
def five_statistics(client):
    data(client, "five", [float(value) for value in range(1, 31)], dimensions={"Host": "a"}, Unit="Percent")
    dimensions = [{"Name": "Host", "Value": "a"}]
    points = statistics(
        client, "five", plain=["Average", "SampleCount", "Maximum", "Minimum", "Sum"], Dimensions=dimensions
    )
    wanted = {"Average": 15.5, "SampleCount": 30.0, "Maximum": 30.0, "Minimum": 1.0, "Sum": 465.0, "Unit": "Percent"}
    equal([{key: value for key, value in point.items() if key != "Timestamp"} for point in points], [wanted])
    equal(points[0]["Timestamp"], MINUTE - 3600)
    equal(statistics(client, "five", plain=["Sum"]), [])


@case("cloudwatch", "PutMetricData")
def values_with_counts_and_statistic_sets(client):
    client(
        "cloudwatch",
        "PutMetricData",
        Namespace="App",
        MetricData=[
            {"MetricName": "forms", "Timestamp": MINUTE - 120, "Values": [1.0, 2.0, 10.0], "Counts": [5.5, 3.0, 1.0]},
            {
                "MetricName": "forms",
                "Timestamp": MINUTE - 60,
                "Unit": "None",
                "StatisticValues": {"SampleCount": 4, "Sum": 20, "Minimum": 2, "Maximum": 8},
            },
        ],
    )
    points = statistics(client, "forms", plain=["SampleCount", "Sum", "Minimum", "Maximum"], period=60)
    equal(
        sorted((point["SampleCount"], point["Sum"], point["Minimum"], point["Maximum"]) for point in points),
        [(4.0, 20.0, 2.0, 8.0), (9.5, 21.5, 1.0, 10.0)],
    )


@case("cloudwatch", "PutMetricData")
def a_batch_of_a_thousand_is_whole(client):
    client(
        "cloudwatch",
        "PutMetricData",
        Namespace="Wide",
        MetricData=[
            {
                "MetricName": "wide",
                "Dimensions": [{"Name": "n", "Value": str(index)}],
                "Timestamp": MINUTE - 60,
                "Value": index,
            }
            for index in range(1000)
        ],
    )
    equal(
        results(client, [query("wide", namespace="Wide", dimensions={"n": "999"})])["MetricDataResults"][0]["Values"],
        [999.0],
    )


@case("cloudwatch", "GetMetricData")
def direct_queries_in_both_orders(client):
    data(client, "direct", [1.0, 2.0, 3.0])
    found = results(client, [query("direct")])
    equal(found["Messages"], [])
    equal(
        found["MetricDataResults"],
        [
            {
                "Id": "m1",
                "Label": "direct",
                "Timestamps": [MINUTE - 180, MINUTE - 120, MINUTE - 60],
                "Values": [1.0, 2.0, 3.0],
                "StatusCode": "Complete",
            }
        ],
    )
    newest = results(
        client,
        [query("direct", stat="Sum", period=300)],
        start=MINUTE // 300 * 300 - 600,
        end=NOW + 600,
        ScanBy="TimestampDescending",
    )["MetricDataResults"][0]
    equal(sum(newest["Values"]), 6.0)
    equal(newest["Timestamps"], sorted(newest["Timestamps"], reverse=True))


@case("cloudwatch", "GetMetricData", group="paging of metric data")
def pages_of_metric_data(client):
    data(client, "paged", [float(value) for value in range(60)])
    values, token, pages = [], {}, 0
    while pages < 9:
        page = results(client, [query("paged")], MaxDatapoints=25, end=MINUTE, **token)
        pages, values = pages + 1, values + page["MetricDataResults"][0]["Values"]
        if "NextToken" not in page:
            break
        token = {"NextToken": page["NextToken"]}
    equal((pages, values), (3, [float(value) for value in range(60)]))


@case("cloudwatch", "GetMetricData", group="labels")
def labels_that_tell_series_apart(client):
    data(client, "zones", [1.0], dimensions={"Zone": "a"})
    data(client, "zones", [5.0, 9.0], dimensions={"Zone": "b"})
    queries = [query("zones", id="a", dimensions={"Zone": "a"}), query("zones", id="b", dimensions={"Zone": "b"})]
    equal([one["Label"] for one in results(client, queries)["MetricDataResults"]], ["a", "b"])
    labelled = query("zones", id="b", dimensions={"Zone": "b"}, Label="max ${MAX} of ${PROP('Dim.Zone')}")
    label = results(client, [labelled])["MetricDataResults"][0]["Label"]
    expect(re.fullmatch(r"max 9(\.0)? of b", label), label)


@case("cloudwatch", "GetMetricData", group="metric math")
def arithmetic_and_functions(client):
    data(client, "left", [10.0, 20.0, 30.0])
    data(client, "right", [1.0, 2.0, 3.0])
    found = results(
        client,
        [
            query("left", id="a", ReturnData=False),
            query("right", id="b", ReturnData=False),
            {"Id": "ratio", "Expression": "a / b * 100", "Label": "per cent"},
            {"Id": "all", "Expression": "SUM(METRICS())"},
            {"Id": "rate", "Expression": "RUNNING_SUM(b)"},
            {"Id": "iff", "Expression": "IF(a > 15, a, 0)"},
        ],
    )["MetricDataResults"]
    equal(
        [(one["Id"], one["Label"], one["Values"]) for one in found],
        [
            ("ratio", "per cent", [1000.0, 1000.0, 1000.0]),
            ("all", "all", [11.0, 22.0, 33.0]),
            ("rate", "rate", [1.0, 3.0, 6.0]),
            ("iff", "iff", [0.0, 20.0, 30.0]),
        ],
    )


@case("cloudwatch", "GetMetricData", group="metric math")
def gaps_are_filled(client):
    data(client, "gaps", [4.0])
    found = results(
        client,
        [query("gaps", id="a", ReturnData=False), {"Id": "f", "Expression": "FILL(a, 7)"}],
        start=MINUTE - 180,
        end=MINUTE,
    )["MetricDataResults"]
    equal(found[0]["Values"], [7.0, 7.0, 4.0])


@case("cloudwatch", "GetMetricData", group="SEARCH")
def search(client):
    for host, value in (("a", 1.0), ("b", 2.0), ("c", 3.0)):
        data(client, "seek", [value], dimensions={"Host": host})
    found = results(
        client,
        [
            {"Id": "s", "Expression": "SEARCH('{App,Host} MetricName=\"seek\"', 'Average', 60)", "Label": ""},
            {"Id": "t", "Expression": "SUM(SEARCH('{App,Host} MetricName=\"seek\" (a OR b)', 'Average', 60))"},
        ],
    )
    found = found["MetricDataResults"]
    equal(
        sorted((one["Label"], one["Values"]) for one in found if one["Id"] == "s"),
        [("a", [1.0]), ("b", [2.0]), ("c", [3.0])],
    )
    equal([one["Values"] for one in found if one["Id"] == "t"], [[3.0]])


@case("cloudwatch", "GetMetricData", group="Metrics Insights")
def insights_queries(client):
    for host, value in (("a", 1.0), ("b", 2.0), ("c", 3.0)):
        data(client, "ask", [value], namespace="Asked", dimensions={"Host": host})
    text = "SELECT MAX(ask) FROM SCHEMA(\"Asked\", Host) WHERE Host != 'c' GROUP BY Host ORDER BY MAX() DESC"
    found = results(client, [{"Id": "q", "Expression": text, "Period": 60}])["MetricDataResults"]
    equal([(one["Label"].split()[-1], one["Values"]) for one in found], [("b", [2.0]), ("a", [1.0])])


@case("cloudwatch", "GetMetricStatistics", group="percentiles")
def percentiles_of_the_published_distribution(client):
    data(client, "ranks", [float(value) for value in range(1, 11)])
    found = statistics(client, "ranks", extended=["p25", "p50", "p90", "p0", "p100"])[0]["ExtendedStatistics"]
    for name, wanted in {
        "p25": 2.992374046230249,
        "p50": 5.054470284992944,
        "p90": 9.849732675807628,
        "p0": 1.0,
        "p100": 10.0,
    }.items():
        near(found.get(name), wanted)


@case("cloudwatch", "GetMetricStatistics", group="trimmed statistics")
def trimmed_statistics_of_the_published_distribution(client):
    data(client, "trims", [float(value) for value in range(1, 11)])
    wanted = {
        "tm90": 4.993213453867572,
        "tc90": 9.0,
        "IQM": 5.403085690619041,
        "wm90": 5.478865376061577,
        "PR(:2)": 12.6316236461413,
        "TC(2:10)": 8.73683763538587,
        "TS(2:10)": 53.285865842309796,
    }
    found = statistics(client, "trims", extended=list(wanted))[0]["ExtendedStatistics"]
    for name, value in wanted.items():
        near(found.get(name), value)


@case("cloudwatch", "GetMetricData", group="anomaly band")
def band(client):
    data(client, "band", [10.0 + (index % 5) for index in range(180)])
    found = results(client, [query("band", id="m"), {"Id": "b", "Expression": "ANOMALY_DETECTION_BAND(m, 2)"}])
    bands = [one for one in found["MetricDataResults"] if one["Id"] == "b"]
    equal(len(bands), 2)
    upper, lower = bands
    # A model that has not learned yet has no band; one that has puts the values inside.
    equal(len(upper["Values"]), len(lower["Values"]))
    for high, low in zip(upper["Values"], lower["Values"]):
        expect(low <= high, (low, high))


@case("cloudwatch", "GetMetricData", group="units")
def units_are_kept_apart(client):
    data(client, "units", [1.0], Unit="Seconds")
    data(client, "units", [1000.0], Unit="Milliseconds")
    points = statistics(client, "units", plain=["Sum"], period=60)
    equal(sorted((point["Unit"], point["Sum"]) for point in points), [("Milliseconds", 1000.0), ("Seconds", 1.0)])
    found = results(client, [query("units", stat="Sum")])["MetricDataResults"][0]
    equal(found["Values"], [1000.0])
    equal(found["Messages"], [{"Code": "MultipleUnits", "Value": "Multiple units returned: '[Milliseconds, Seconds]'"}])


@case("cloudwatch", "ListMetrics")
def list_metrics(client):
    for host in ("a", "b"):
        data(client, "listed", [1.0], namespace="Listed", dimensions={"Host": host, "Zone": "z"})
    data(client, "other", [1.0], namespace="Listed")
    named = client("cloudwatch", "ListMetrics", Namespace="Listed", MetricName="listed")["Metrics"]
    equal(sorted(sorted(one["Value"] for one in found["Dimensions"]) for found in named), [["a", "z"], ["b", "z"]])
    filtered = client("cloudwatch", "ListMetrics", Namespace="Listed", Dimensions=[{"Name": "Host", "Value": "a"}])
    equal([found["MetricName"] for found in filtered["Metrics"]], ["listed"])
    recent = client("cloudwatch", "ListMetrics", Namespace="Listed", RecentlyActive="PT3H")["Metrics"]
    equal(len(recent), 3)
    equal(client("cloudwatch", "ListMetrics", Namespace="Nothing")["Metrics"], [])


@case("cloudwatch", "ListMetrics", group="paging of metrics")
def pages_of_metrics(client):
    client(
        "cloudwatch",
        "PutMetricData",
        Namespace="Pages",
        MetricData=[{"MetricName": f"m{index:04}", "Timestamp": MINUTE - 60, "Value": 1} for index in range(620)],
    )
    first = client("cloudwatch", "ListMetrics", Namespace="Pages")
    second = client("cloudwatch", "ListMetrics", Namespace="Pages", NextToken=first["NextToken"])
    equal((len(first["Metrics"]), len(second["Metrics"]), "NextToken" in second), (500, 120, False))
    equal(len({one["MetricName"] for one in first["Metrics"] + second["Metrics"]}), 620)


@case("cloudwatch", "GetMetricWidgetImage")
def a_picture_of_the_size_asked_for(client):
    data(client, "drawn", [1.0, 3.0, 2.0])
    widget = {"metrics": [["App", "drawn"]], "width": 400, "height": 250, "title": "Load", "period": 60}
    image = base64.b64decode(
        client("cloudwatch", "GetMetricWidgetImage", MetricWidget=json.dumps(widget))["MetricWidgetImage"]
    )
    equal((image[:8], struct.unpack(">II", image[16:24])), (b"\x89PNG\r\n\x1a\n", (400, 250)))


def datum(**members):
    return {"Namespace": "App", "MetricData": [{"MetricName": "x", "Value": 1.0, **members}]}


TIMES = {"StartTime": MINUTE - 3600, "EndTime": MINUTE}
ONE = {"Namespace": "App", "MetricName": "x", "Period": 60, "Statistics": ["Sum"], **TIMES}

refusals(
    "cloudwatch",
    [
        (
            "PutMetricData",
            "InvalidParameterValue",
            400,
            "The value AWS/ for parameter Namespace is invalid.",
            {"Namespace": "AWS/EC2", "MetricData": [{"MetricName": "x", "Value": 1}]},
        ),
        (
            "PutMetricData",
            "InvalidParameterCombination",
            400,
            "The parameters MetricData.member.1.Value and "
            "MetricData.member.1.Values are mutually exclusive and you have specified both.",
            datum(Values=[1.0]),
        ),
        (
            "PutMetricData",
            "InvalidParameterCombination",
            400,
            "The parameters MetricData.member.1.Value and "
            "MetricData.member.1.StatisticValues are mutually exclusive and you have specified both.",
            datum(StatisticValues={"SampleCount": 1, "Sum": 1, "Minimum": 1, "Maximum": 1}),
        ),
        (
            "PutMetricData",
            "InvalidParameterValue",
            400,
            "The parameters MetricData.member.1.Values and MetricData.member.1.Counts must be of the same size.",
            {"Namespace": "App", "MetricData": [{"MetricName": "x", "Values": [1.0, 2.0], "Counts": [1.0]}]},
        ),
        (
            "PutMetricData",
            "InvalidParameterValue",
            400,
            "The parameter MetricData.member.1.Timestamp must specify a time within the past two weeks.",
            datum(Timestamp=NOW - 21 * DAY),
        ),
        (
            "PutMetricData",
            "InvalidParameterValue",
            400,
            "The parameter MetricData.member.1.Timestamp must specify a time no more than two hours in the future.",
            datum(Timestamp=NOW + 3 * 3600),
        ),
        (
            "PutMetricData",
            "InvalidParameterValue",
            400,
            "The parameter MetricData.member.1.StorageResolution must be a value in the set [ 1, 60 ].",
            datum(StorageResolution=5),
        ),
        (
            "PutMetricData",
            "InvalidParameterValue",
            400,
            "No metric may specify the same dimension name twice.",
            datum(Dimensions=[{"Name": "a", "Value": "1"}, {"Name": "a", "Value": "2"}]),
        ),
        (
            "PutMetricData",
            "MissingParameter",
            400,
            "At least one MetricDatum object must be present in the request.",
            {"Namespace": "App", "MetricData": []},
        ),
        (
            "GetMetricStatistics",
            "InvalidParameterValue",
            400,
            "The parameter StartTime must be less than the parameter EndTime.",
            {**ONE, "StartTime": MINUTE, "EndTime": MINUTE - 60},
        ),
        (
            "GetMetricStatistics",
            "InvalidParameterCombination",
            400,
            "You have requested up to 11520 datapoints, which exceeds the "
            "limit of 1440. You may reduce the datapoints requested by increasing Period, or decreasing the time "
            "range.",
            {**ONE, "StartTime": MINUTE - 8 * DAY},
        ),
        (
            "GetMetricStatistics",
            "InvalidParameterValue",
            400,
            "The parameter Period must be a value in the set [1, 5, 10, 20, 30].",
            {**ONE, "Period": 7},
        ),
        (
            "GetMetricStatistics",
            "InvalidParameterValue",
            400,
            re.compile("^The value p101 for parameter ExtendedStatistics"),
            {**ONE, "Statistics": ["Sum"], "ExtendedStatistics": ["p101"]},
        ),
        (
            "GetMetricData",
            "ValidationError",
            400,
            "The parameter EndTime must be greater than StartTime.\n",
            {"MetricDataQueries": [query("x")], "StartTime": MINUTE, "EndTime": MINUTE - 60},
        ),
        (
            "GetMetricData",
            "ValidationError",
            400,
            "The values for parameter id in MetricDataQueries are not unique.",
            {"MetricDataQueries": [query("x"), query("y")], **TIMES},
        ),
        (
            "GetMetricData",
            "ValidationError",
            400,
            "The value for parameter MetricDataQueries.member.1.Id is not matching the "
            "expected pattern ^[a-z][a-zA-Z0-9_]*$.",
            {"MetricDataQueries": [query("x", id="Upper")], **TIMES},
        ),
        (
            "GetMetricData",
            "ValidationError",
            400,
            re.compile("^Error in expression 'e'"),
            {"MetricDataQueries": [{"Id": "e", "Expression": "FROB(1)"}], **TIMES},
        ),
        (
            "GetMetricData",
            "ValidationError",
            400,
            re.compile("MetricDataQueries.member.1.MetricStat.Stat is not a valid statistic"),
            {"MetricDataQueries": [query("x", stat="p101")], **TIMES},
        ),
        (
            "GetMetricData",
            "InvalidNextToken",
            400,
            None,
            {"MetricDataQueries": [query("x")], "NextToken": "nonsense", **TIMES},
        ),
        (
            "ListMetrics",
            "InvalidParameterValue",
            400,
            "Request parameter NextToken is invalid",
            {"NextToken": "nonsense"},
        ),
        (
            "ListMetrics",
            "InvalidParameterValue",
            400,
            "Request parameter recentlyActive value is invalid",
            {"RecentlyActive": "PT4H"},
        ),
        ("GetMetricWidgetImage", "ValidationError", 400, None, {"MetricWidget": "no JSON"}),
    ],
)


@case("cloudwatch", "", refuses="PutMetricData", group="all or nothing")
def nothing_of_a_refused_batch_is_stored(client):
    client.refused(
        "InvalidParameterValue",
        400,
        None,
        "cloudwatch",
        "PutMetricData",
        Namespace="Whole",
        MetricData=[
            {"MetricName": "good", "Value": 1.0},
            {"MetricName": "bad", "Value": 1.0, "Timestamp": NOW - 30 * DAY},
        ],
    )
    equal(client("cloudwatch", "ListMetrics", Namespace="Whole")["Metrics"], [])


denials(
    "cloudwatch",
    [("PutMetricData", datum()), ("GetMetricData", {"MetricDataQueries": [query("x")], **TIMES}), ("ListMetrics", {})],
)
