/// Managed policies that every account has, under the names that people know. The texts are ours.
package enum BuiltinPolicies {
    /// The text of a policy by its name or its ARN in this partition, or nil.
    package static func text(_ nameOrARN: String, partition: String) -> String? {
        let name = nameOrARN.split(separator: "/").last.map(String.init) ?? ""
        // Bytes: what is equal for Unicode only is another name.
        let isNamed = nameOrARN == name || nameOrARN == arn(name, partition: partition)
        guard isNamed, nameOrARN.utf8.allSatisfy({ $0 < 0x80 }) else { return nil }
        return texts[name]
    }

    /// Names, sorted.
    package static let names = texts.keys.sorted()

    package static func arn(_ name: String, partition: String) -> String {
        ARN("iam", account: "aws", "policy/\(name)", partition: partition).text
    }

    private static let texts: [String: String] = [
        "AdministratorAccess": allow(["*"]),
        "ReadOnlyAccess": allow([
            "cloudwatch:Describe*", "cloudwatch:Get*", "cloudwatch:List*", "cloudtrail:Describe*", "cloudtrail:Get*",
            "cloudtrail:List*", "cloudtrail:LookupEvents", "config:BatchGet*", "config:Describe*", "config:Get*",
            "config:List*", "config:Select*", "events:Describe*", "events:List*", "events:TestEventPattern", "iam:Get*",
            "iam:List*", "iam:Simulate*", "kms:Describe*", "kms:Get*", "kms:List*", "sts:Get*", "support:Describe*",
            "trustedadvisor:Describe*", "trustedadvisor:Get*", "trustedadvisor:List*",
        ]),
        "CloudWatchFullAccess": allow(["cloudwatch:*", "events:*"]),
        "CloudWatchReadOnlyAccess": allow([
            "cloudwatch:Describe*", "cloudwatch:Get*", "cloudwatch:List*", "events:Describe*", "events:List*",
        ]),
        "AWSCloudTrail_FullAccess": allow(["cloudtrail:*", "cloudtrail-data:*"]),
        "AWSCloudTrail_ReadOnlyAccess": allow([
            "cloudtrail:Describe*", "cloudtrail:Get*", "cloudtrail:List*", "cloudtrail:LookupEvents",
        ]),
        "AWSKeyManagementServicePowerUser": allow([
            "kms:CreateAlias", "kms:CreateKey", "kms:DeleteAlias", "kms:Describe*", "kms:GenerateRandom", "kms:Get*",
            "kms:List*", "kms:TagResource", "kms:UntagResource", "iam:ListGroups", "iam:ListRoles", "iam:ListUsers",
        ]),
        "AWSConfigUserAccess": allow([
            "config:BatchGet*", "config:Describe*", "config:Get*", "config:List*", "config:Select*",
        ]),
        "AWSSupportAccess": allow(["support:*"]),
        "IAMFullAccess": allow(["iam:*"]),
        "IAMReadOnlyAccess": allow(["iam:Get*", "iam:List*", "iam:Simulate*"]),
        "VarveIngest": allow(["cloudwatch:PutMetricData"]),
    ]

    private static func allow(_ actions: [String]) -> String {
        let list = actions.map { "\"\($0)\"" }.joined(separator: ",")
        return "{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Action\":[\(list)],"
            + "\"Resource\":\"*\"}]}"
    }
}
