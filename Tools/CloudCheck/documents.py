"""CloudWatch: dashboards, contributors, metric streams, saved queries, enrichment."""

import json
import re

from harness import ACCOUNT, NOW, REGION, case, denials, equal, expect, refusals
from metrics import results

BUS = f"arn:aws:events:{REGION}:{ACCOUNT}:event-bus/default"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/unused"
STREAM = {
    "FirehoseArn": f"arn:aws:firehose:{REGION}:{ACCOUNT}:deliverystream/lake",
    "RoleArn": ROLE,
    "OutputFormat": "json",
}
TEXT = json.dumps({"widgets": [{"type": "text", "width": 3, "height": 3, "properties": {"markdown": "hi"}}]})


@case("cloudwatch", "PutDashboard GetDashboard ListDashboards DeleteDashboards", refuses="GetDashboard")
def dashboards(client):
    equal(
        client("cloudwatch", "PutDashboard", DashboardName="ops", DashboardBody=TEXT)["DashboardValidationMessages"], []
    )
    client("cloudwatch", "PutDashboard", DashboardName="ops-2", DashboardBody=TEXT)
    arn = f"arn:aws:cloudwatch::{ACCOUNT}:dashboard/ops"
    equal(
        client("cloudwatch", "GetDashboard", DashboardName="ops"),
        {"DashboardName": "ops", "DashboardArn": arn, "DashboardBody": TEXT},
    )
    entries = client("cloudwatch", "ListDashboards", DashboardNamePrefix="ops")["DashboardEntries"]
    equal([(one["DashboardName"], one["DashboardArn"]) for one in entries], [("ops", arn), ("ops-2", arn + "-2")])
    expect(all(one["Size"] >= len(TEXT) and abs(one["LastModified"] - NOW) < 300 for one in entries), entries)
    client("cloudwatch", "DeleteDashboards", DashboardNames=["ops"])
    client.refused(
        "ResourceNotFound",
        404,
        re.compile("Dashboard ops does not exist"),
        "cloudwatch",
        "GetDashboard",
        DashboardName="ops",
    )


@case("cloudwatch", "PutDashboard", group="dashboard bodies are checked", refuses="PutDashboard")
def bodies_of_dashboards(client):
    odd = json.dumps({"widgets": [{"type": "text", "properties": {"markdown": "x"}, "colour": "red"}]})
    messages = client("cloudwatch", "PutDashboard", DashboardName="odd", DashboardBody=odd)[
        "DashboardValidationMessages"
    ]
    expect(messages and "colour" in messages[0]["Message"], messages)
    bad = json.dumps(
        {"widgets": [{"type": "metric", "properties": {"metrics": [["App"]], "region": REGION}}, {"type": "text"}]}
    )
    client.refused(
        "InvalidParameterInput",
        400,
        re.compile(r"^The dashboard body is invalid, there are \d+ validation errors:\n\["),
        "cloudwatch",
        "PutDashboard",
        DashboardName="bad",
        DashboardBody=bad,
    )


DEFINITION = {
    "Schema": {"Name": "CloudWatchLogRule", "Version": 1},
    "LogGroupNames": ["/varve/events/*"],
    "LogFormat": "JSON",
    "Contribution": {"Keys": ["$.source"], "Filters": [{"Match": "$.source", "StartsWith": ["count"]}]},
    "AggregateOn": "Count",
}


@case("cloudwatch", "PutInsightRule DescribeInsightRules DisableInsightRules EnableInsightRules DeleteInsightRules")
def insight_rules(client):
    definition = json.dumps(DEFINITION)
    client("cloudwatch", "PutInsightRule", RuleName="rule", RuleDefinition=definition)
    mine = lambda: [
        one
        for one in client(  # noqa: E731
            "cloudwatch", "DescribeInsightRules"
        )["InsightRules"]
        if one["Name"] == "rule"
    ]
    equal([(one["State"], one["Definition"], one["ManagedRule"]) for one in mine()], [("ENABLED", definition, False)])
    equal(json.loads(mine()[0]["Schema"]), DEFINITION["Schema"])
    failures = client("cloudwatch", "DisableInsightRules", RuleNames=["rule", "none"])["Failures"]
    equal([one["FailureResource"] for one in failures], ["none"])
    equal(mine()[0]["State"], "DISABLED")
    equal(client("cloudwatch", "EnableInsightRules", RuleNames=["rule"])["Failures"], [])
    equal(mine()[0]["State"], "ENABLED")
    equal(client("cloudwatch", "DeleteInsightRules", RuleNames=["rule"])["Failures"], [])
    equal(mine(), [])


@case("cloudwatch", "GetInsightRuleReport", group="reports of contributors")
def a_report_of_contributors(client):
    client(
        "cloudwatch",
        "PutInsightRule",
        RuleName="sources",
        RuleDefinition=json.dumps(DEFINITION),
        Tags=[{"Key": "team", "Value": "a"}],
    )
    for source, count in [("count.b", 1), ("count.a", 3), ("other", 2)]:
        client("events", "PutEvents", Entries=[{"Source": source, "DetailType": "x", "Detail": "{}"}] * count)
    times = {"StartTime": NOW - 300, "EndTime": NOW + 300}
    report = client(
        "cloudwatch",
        "GetInsightRuleReport",
        RuleName="sources",
        Period=60,
        Metrics=["Sum", "UniqueContributors"],
        **times,
    )
    equal(
        [(one["Keys"], one["ApproximateAggregateValue"]) for one in report["Contributors"]],
        [(["count.a"], 3.0), (["count.b"], 1.0)],
    )
    equal(
        (
            report["KeyLabels"],
            report["AggregateValue"],
            report["ApproximateUniqueCount"],
            report["AggregationStatistic"],
        ),
        (["$.source"], 4.0, 2, "Count"),
    )
    equal(sum(point["Sum"] for point in report["MetricDatapoints"]), 4)
    asked = [{"Id": "e", "Expression": "INSIGHT_RULE_METRIC('sources', 'Sum')", "Period": 60}]
    equal(sum(results(client, asked, NOW - 300, NOW + 300)["MetricDataResults"][0]["Values"]), 4)
    arn = f"arn:aws:cloudwatch:{REGION}:{ACCOUNT}:insight-rule/sources"
    equal(client("cloudwatch", "ListTagsForResource", ResourceARN=arn)["Tags"], [{"Key": "team", "Value": "a"}])


@case("cloudwatch", "ListManagedInsightRules PutManagedInsightRules")
def managed_rules(client):
    template = client("cloudwatch", "ListManagedInsightRules", ResourceARN=BUS)["ManagedRules"][0]["TemplateName"]
    rules = [{"TemplateName": template, "ResourceARN": BUS}]
    equal(client("cloudwatch", "PutManagedInsightRules", ManagedRules=rules)["Failures"], [])
    found = client("cloudwatch", "ListManagedInsightRules", ResourceARN=BUS)["ManagedRules"][0]
    equal((found["ResourceARN"], found["RuleState"]["State"]), (BUS, "ENABLED"))
    names = [one["Name"] for one in client("cloudwatch", "DescribeInsightRules")["InsightRules"] if one["ManagedRule"]]
    expect(found["RuleState"]["RuleName"] in names, names)


@case(
    "cloudwatch",
    "PutMetricStream GetMetricStream ListMetricStreams StopMetricStreams StartMetricStreams DeleteMetricStream",
    refuses="GetMetricStream",
)
def metric_streams(client):
    filters = [{"Namespace": "App", "MetricNames": ["cpu"]}, {"Namespace": "Db"}]
    statistics = [{"IncludeMetrics": [{"Namespace": "App", "MetricName": "cpu"}], "AdditionalStatistics": ["p99"]}]
    arn = client(
        "cloudwatch",
        "PutMetricStream",
        Name="out",
        IncludeFilters=filters,
        StatisticsConfigurations=statistics,
        Tags=[{"Key": "a", "Value": "1"}],
        **STREAM,
    )["Arn"]
    equal(arn, f"arn:aws:cloudwatch:{REGION}:{ACCOUNT}:metric-stream/out")
    stream = client("cloudwatch", "GetMetricStream", Name="out")
    wanted = {
        "Arn": arn,
        "Name": "out",
        "State": "running",
        "IncludeFilters": filters,
        "StatisticsConfigurations": statistics,
        **STREAM,
    }
    equal({key: stream.get(key) for key in wanted}, wanted)
    equal(client("cloudwatch", "ListTagsForResource", ResourceARN=arn)["Tags"], [{"Key": "a", "Value": "1"}])

    def states():
        return [(one["Name"], one["State"]) for one in client("cloudwatch", "ListMetricStreams")["Entries"]]

    client("cloudwatch", "StopMetricStreams", Names=["out"])
    equal(states(), [("out", "stopped")])
    client("cloudwatch", "StartMetricStreams", Names=["out"])
    equal(states(), [("out", "running")])
    client("cloudwatch", "DeleteMetricStream", Name="out")
    equal(states(), [])
    client.refused("ResourceNotFoundException", 404, None, "cloudwatch", "GetMetricStream", Name="out")


@case("cloudwatch", "StartOTelEnrichment GetOTelEnrichment UpdateOTelEnrichment StopOTelEnrichment")
def enrichment(client):
    client("cloudwatch", "StartOTelEnrichment")
    equal(client("cloudwatch", "GetOTelEnrichment")["Status"], "Running")
    filters = [{"Namespace": "App"}]
    equal(client("cloudwatch", "UpdateOTelEnrichment", IncludeFilters=filters)["IncludeFilters"], filters)
    equal(client("cloudwatch", "GetOTelEnrichment")["IncludeFilters"], filters)
    client("cloudwatch", "StopOTelEnrichment")
    equal(client("cloudwatch", "GetOTelEnrichment")["Status"], "Stopped")


INSTANCE = f"arn:aws:ec2:{REGION}:{ACCOUNT}:instance/i-1"
KMS_KEY = f"arn:aws:kms:{REGION}:{ACCOUNT}:key/0123abcd"
NO_RESOURCE = {"ResourceArn": INSTANCE + "23"}
NOT_CONFIGURED = f"There is no resource metrics configuration of {INSTANCE}23."
NO_DATASET = {"DatasetIdentifier": f"arn:aws:cloudwatch:{REGION}:999999999999:dataset/default"}
OTHERS_DATASET = f"The dataset {NO_DATASET['DatasetIdentifier']} does not exist here."


@case(
    "cloudwatch",
    "CreateResourceMetricsConfiguration GetResourceMetricsConfiguration UpdateResourceMetricsConfiguration "
    "DeleteResourceMetricsConfiguration",
    refuses="CreateResourceMetricsConfiguration GetResourceMetricsConfiguration",
)
def resource_metrics(client):
    made = client("cloudwatch", "CreateResourceMetricsConfiguration", ResourceArn=INSTANCE)
    equal(made["ResourceMetricsConfiguration"]["ResourceArn"], INSTANCE)
    client.refused(
        "ConflictException",
        409,
        f"There is a resource metrics configuration of {INSTANCE} already.",
        "cloudwatch",
        "CreateResourceMetricsConfiguration",
        ResourceArn=INSTANCE,
    )
    client("cloudwatch", "UpdateResourceMetricsConfiguration", ResourceArn=INSTANCE)
    kept = client("cloudwatch", "GetResourceMetricsConfiguration", ResourceArn=INSTANCE)
    equal(kept["ResourceMetricsConfiguration"]["ResourceArn"], INSTANCE)
    client("cloudwatch", "DeleteResourceMetricsConfiguration", ResourceArn=INSTANCE)
    client.refused(
        "ResourceNotFoundException",
        404,
        f"There is no resource metrics configuration of {INSTANCE}.",
        "cloudwatch",
        "GetResourceMetricsConfiguration",
        ResourceArn=INSTANCE,
    )


@case("cloudwatch", "GetDataset", refuses="GetDataset AssociateDatasetKmsKey DisassociateDatasetKmsKey")
def datasets(client):
    found = client("cloudwatch", "GetDataset", DatasetIdentifier="default")
    equal((found["DatasetId"], found["Arn"]), ("default", f"arn:aws:cloudwatch:{REGION}:{ACCOUNT}:dataset/default"))
    client.refused("ResourceNotFoundException", 404, OTHERS_DATASET, "cloudwatch", "GetDataset", **NO_DATASET)
    client.refused(
        "KmsKeyNotFoundException",
        400,
        f"The key {KMS_KEY} does not exist here.",
        "cloudwatch",
        "AssociateDatasetKmsKey",
        DatasetIdentifier="default",
        KmsKeyArn=KMS_KEY,
    )
    client.refused(
        "ResourceNotFoundException",
        404,
        "The dataset has no key of a customer associated with it.",
        "cloudwatch",
        "DisassociateDatasetKmsKey",
        DatasetIdentifier="default",
    )


@case(
    "cloudwatch",
    "PutMetricDataQueryDefinition GetMetricDataQueryDefinition ListMetricDataQueryDefinitions "
    "DeleteMetricDataQueryDefinition",
    refuses="GetMetricDataQueryDefinition",
)
def saved_queries(client):
    put = client("cloudwatch", "PutMetricDataQueryDefinition", Path="ops/up", Expression="up", Type="PROMQL")
    query = client("cloudwatch", "GetMetricDataQueryDefinition", Id=put["Id"])
    equal((query["Path"], query["Expression"], query["Type"]), ("ops/up", "up", "PROMQL"))
    items = client("cloudwatch", "ListMetricDataQueryDefinitions")["Items"]
    equal([(one["Id"], one["Path"]) for one in items], [(put["Id"], "ops/up")])
    client("cloudwatch", "PutMetricDataQueryDefinition", Id=put["Id"], Path="ops/up", Expression="down", Type="PROMQL")
    equal(client("cloudwatch", "GetMetricDataQueryDefinition", Id=put["Id"])["Expression"], "down")
    client("cloudwatch", "DeleteMetricDataQueryDefinition", Id=put["Id"])
    client.refused("ResourceNotFoundException", 404, None, "cloudwatch", "GetMetricDataQueryDefinition", Id=put["Id"])


LONG = "n" * 300
refusals(
    "cloudwatch",
    [
        (
            "PutDashboard",
            "InvalidParameterInput",
            400,
            "The field DashboardBody must be a valid JSON object",
            {"DashboardName": "bad", "DashboardBody": "nothing"},
        ),
        (
            "PutDashboard",
            "InvalidParameterValue",
            400,
            "The value for field DashboardName contains invalid characters. It can only "
            "contain alphanumerics, dash (-) and underscore (_).\n",
            {"DashboardName": "a b", "DashboardBody": TEXT},
        ),
        ("GetDashboard", "ResourceNotFound", 404, "Dashboard never-was does not exist", {"DashboardName": "never-was"}),
        ("ListDashboards", "InvalidParameterValue", 400, None, {"NextToken": "nonsense"}),
        (
            "DeleteDashboards",
            "InvalidParameterValue",
            400,
            "The collection DashboardNames must not have a size greater than 100.",
            {"DashboardNames": [f"n{index}" for index in range(101)]},
        ),
        ("PutInsightRule", "InvalidParameterValue", 400, None, {"RuleName": "bad", "RuleDefinition": "{}"}),
        ("DescribeInsightRules", "InvalidNextToken", 400, None, {"NextToken": "nonsense"}),
        (
            "EnableInsightRules",
            "InvalidParameterValue",
            400,
            "The parameter RuleNames.member.1 must be shorter than 129 characters.",
            {"RuleNames": [LONG]},
        ),
        (
            "DisableInsightRules",
            "InvalidParameterValue",
            400,
            "The parameter RuleNames.member.1 must be shorter than 129 characters.",
            {"RuleNames": [LONG]},
        ),
        (
            "DeleteInsightRules",
            "InvalidParameterValue",
            400,
            "The parameter RuleNames.member.1 must be shorter than 129 characters.",
            {"RuleNames": [LONG]},
        ),
        (
            "GetInsightRuleReport",
            "ResourceNotFoundException",
            404,
            None,
            {"RuleName": "never-was", "Period": 60, "StartTime": NOW - 60, "EndTime": NOW},
        ),
        ("PutManagedInsightRules", "MissingParameter", 400, re.compile("ManagedRules"), {}),
        ("ListManagedInsightRules", "InvalidNextToken", 400, None, {"ResourceARN": BUS, "NextToken": "nonsense"}),
        (
            "PutMetricStream",
            "InvalidParameterCombination",
            400,
            None,
            {"Name": "bad", "IncludeFilters": [{"Namespace": "A"}], "ExcludeFilters": [{"Namespace": "B"}], **STREAM},
        ),
        ("PutMetricStream", "InvalidParameterValue", 400, None, {"Name": "bad", **STREAM, "FirehoseArn": "nowhere"}),
        ("GetMetricStream", "ResourceNotFoundException", 404, None, {"Name": "never-was"}),
        ("ListMetricStreams", "InvalidNextToken", 400, None, {"NextToken": "nonsense"}),
        ("StartMetricStreams", "InvalidParameterValue", 400, None, {"Names": ["never-was"]}),
        ("StopMetricStreams", "InvalidParameterValue", 400, None, {"Names": ["never-was"]}),
        (
            "DeleteMetricStream",
            "InvalidParameterValue",
            400,
            "The parameter Name must be shorter than 256 characters.",
            {"Name": LONG},
        ),
        (
            "UpdateOTelEnrichment",
            "ResourceNotFoundException",
            404,
            "OTel enrichment is not running.",
            {"IncludeFilters": [{"Namespace": "A"}]},
        ),
        (
            "StartOTelEnrichment",
            "ValidationError",
            400,
            "IncludeFilters and ExcludeFilters cannot be specified in the same request.",
            {"IncludeFilters": [{"Namespace": "A"}], "ExcludeFilters": [{"Namespace": "B"}]},
        ),
        (
            "PutMetricDataQueryDefinition",
            "ValidationError",
            400,
            None,
            {"Path": "p", "Expression": "up", "Type": "BASIC"},
        ),
        ("UpdateResourceMetricsConfiguration", "ResourceNotFoundException", 404, NOT_CONFIGURED, NO_RESOURCE),
        ("DeleteResourceMetricsConfiguration", "ResourceNotFoundException", 404, NOT_CONFIGURED, NO_RESOURCE),
        (
            "AssociateDatasetKmsKey",
            "ResourceNotFoundException",
            404,
            OTHERS_DATASET,
            {**NO_DATASET, "KmsKeyArn": KMS_KEY},
        ),
        ("DisassociateDatasetKmsKey", "ResourceNotFoundException", 404, OTHERS_DATASET, NO_DATASET),
        ("ListMetricDataQueryDefinitions", "InvalidNextToken", 400, None, {"NextToken": "nonsense"}),
        ("DeleteMetricDataQueryDefinition", "ValidationError", 400, None, {"Id": ""}),
    ],
)
denials(
    "cloudwatch",
    [
        ("GetOTelEnrichment", {}),
        ("StopOTelEnrichment", {}),
        ("PutDashboard", {"DashboardName": "x", "DashboardBody": TEXT}),
    ],
)
