"""STS and IAM, signatures and policies."""

import base64
import hashlib
import hmac
import json
import re
import struct
import time

from harness import ACCOUNT, KEY, NOBODY, READER, case, denials, equal, expect, refusals

IAM = f"arn:aws:iam::{ACCOUNT}:"


def policy(action="cloudwatch:PutMetricData", **more):
    return json.dumps(
        {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": action, "Resource": "*", **more}]}
    )


TRUST = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Principal": {"AWS": f"{IAM}root"}, "Action": "sts:AssumeRole"}],
    }
)


def document(text):
    """Policies are answered percent-encoded; both clients of AWS decode them."""
    return text if isinstance(text, dict) else json.loads(text)


def user(client, name, **more):
    return client("iam", "CreateUser", UserName=name, **more)["User"]


def role(client, name, **more):
    return client("iam", "CreateRole", RoleName=name, AssumeRolePolicyDocument=TRUST, **more)["Role"]


# STS


@case("sts", "GetCallerIdentity")
def the_caller(client):
    me = client("sts", "GetCallerIdentity")
    equal(me["Account"], ACCOUNT)
    expect(re.fullmatch(f"{IAM}(user/.+|root)", me["Arn"]), me)
    expect(re.fullmatch(f"AIDA[A-Z2-7]{{17}}|{ACCOUNT}", me["UserId"]), me)


@case("sts", "GetCallerIdentity", group="access")
def the_caller_is_told_whatever_he_may(client):
    equal(client.of(*NOBODY)("sts", "GetCallerIdentity")["Arn"], f"{IAM}user/nobody")


@case("sts", "GetAccessKeyInfo")
def the_account_of_a_key(client):
    equal(client("sts", "GetAccessKeyInfo", AccessKeyId="ASIAQNZGKIQY56JQ7WML")["Account"], "029608264753")
    equal(client("sts", "GetAccessKeyInfo", AccessKeyId=NOBODY[0])["Account"], ACCOUNT)


def session(client, credentials):
    return client.of(credentials["AccessKeyId"], credentials["SecretAccessKey"], credentials["SessionToken"])


@case("sts", "GetSessionToken", refuses="GetSessionToken GetCallerIdentity")
def a_session_of_a_user(client):
    credentials = client("sts", "GetSessionToken", DurationSeconds=900)["Credentials"]
    expect(abs(credentials["Expiration"] - time.time() - 900) < 60, "it does not end when it should")
    mine = session(client, credentials)
    equal(mine("sts", "GetCallerIdentity")["Arn"], client("sts", "GetCallerIdentity")["Arn"])
    mine.refused("AccessDenied", 403, "Cannot call GetSessionToken with session credentials", "sts", "GetSessionToken")
    client.of(credentials["AccessKeyId"], credentials["SecretAccessKey"]).refused(
        "InvalidClientTokenId", 403, "The security token included in the request is invalid", "sts", "GetCallerIdentity"
    )


@case("sts", "AssumeRole", refuses="AssumeRole")
def a_session_of_a_role(client):
    arn = role(client, "assumed", MaxSessionDuration=3600)["Arn"]
    client("iam", "PutRolePolicy", RoleName="assumed", PolicyName="own", PolicyDocument=policy())
    answer = client("sts", "AssumeRole", RoleArn=arn, RoleSessionName="work", DurationSeconds=900)
    wanted = f"arn:aws:sts::{ACCOUNT}:assumed-role/assumed/work"
    equal(answer["AssumedRoleUser"]["Arn"], wanted)
    mine = session(client, answer["Credentials"])
    equal(mine("sts", "GetCallerIdentity")["Arn"], wanted)
    mine("cloudwatch", "PutMetricData", Namespace="Mine", MetricData=[{"MetricName": "x", "Value": 1}])
    mine.refused(
        "AccessDenied",
        400,
        re.compile(
            f"^User: {wanted} is not authorized to perform: cloudwatch:ListMetrics .*because no "
            "identity-based policy allows the cloudwatch:ListMetrics action"
        ),
        "cloudwatch",
        "ListMetrics",
    )
    client.refused(
        "ValidationError",
        400,
        "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.",
        "sts",
        "AssumeRole",
        RoleArn=arn,
        RoleSessionName="work",
        DurationSeconds=7200,
    )


refusals(
    "sts",
    [
        (
            "AssumeRole",
            "AccessDenied",
            403,
            f"User: {IAM}user/tester is not authorized to perform: sts:AssumeRole on resource: {IAM}role/never-was",
            {"RoleArn": f"{IAM}role/never-was", "RoleSessionName": "work"},
        ),
        (
            "AssumeRole",
            "ValidationError",
            400,
            "1 validation error detected: Value 'a b' at 'roleSessionName' failed to satisfy constraint: "
            "Member must satisfy regular expression pattern: [\\w+=,.@-]*",
            {"RoleArn": f"{IAM}role/never-was", "RoleSessionName": "a b"},
        ),
        (
            "GetSessionToken",
            "ValidationError",
            400,
            re.compile(
                "'durationSeconds' failed to satisfy constraint: Member must have value greater than or equal to 900"
            ),
            {"DurationSeconds": 899},
        ),
        (
            "GetSessionToken",
            "AccessDenied",
            403,
            "MultiFactorAuthentication failed, unable to validate MFA code.  Please verify your MFA "
            "serial number is valid and associated with this user.",
            {"SerialNumber": f"{IAM}mfa/none", "TokenCode": "123456"},
        ),
        ("GetAccessKeyInfo", "ValidationError", 400, None, {"AccessKeyId": "short"}),
    ],
)


# Signatures and policies of all services


@case("cloudwatch", "", refuses="ListMetrics", group="access")
def signatures_are_verified(client):
    for key, secret, token, code in (
        (KEY, "wrong", None, "SignatureDoesNotMatch"),
        ("AKIDNOBODYNOBODY", "x", None, "InvalidClientTokenId"),
        (KEY, client.credentials[1], "token", "InvalidClientTokenId"),
    ):
        client.of(key, secret, token).refused(code, 400, None, "cloudwatch", "ListMetrics")


@case("cloudwatch", "ListMetrics", refuses="PutMetricData", group="access")
def policies_are_enforced(client):
    reader = client.of(*READER)
    equal(isinstance(reader("cloudwatch", "ListMetrics")["Metrics"], list), True)
    point = [{"MetricName": "x", "Value": 1}]
    reader.refused(
        "AccessDenied",
        400,
        f"User: {IAM}user/reader is not authorized to perform: cloudwatch:PutMetricData on resource: * "
        "because no identity-based policy allows the cloudwatch:PutMetricData action",
        "cloudwatch",
        "PutMetricData",
        Namespace="App",
        MetricData=point,
    )
    user(client, "writer")
    client(
        "iam",
        "PutUserPolicy",
        UserName="writer",
        PolicyName="own",
        PolicyDocument=policy(Condition={"StringEquals": {"cloudwatch:namespace": "Mine"}}),
    )
    key = client("iam", "CreateAccessKey", UserName="writer")["AccessKey"]
    writer = client.of(key["AccessKeyId"], key["SecretAccessKey"])
    writer("cloudwatch", "PutMetricData", Namespace="Mine", MetricData=point)
    writer.refused("AccessDenied", 400, None, "cloudwatch", "PutMetricData", Namespace="Other", MetricData=point)


# IAM


@case("iam", "CreateUser GetUser ListUsers DeleteUser", refuses="GetUser CreateUser DeleteUser")
def users(client):
    made = user(client, "Ann", Path="/team/", Tags=[{"Key": "a", "Value": "1"}])
    equal((made["Arn"], made["Path"], made["UserName"]), (f"{IAM}user/team/Ann", "/team/", "Ann"))
    equal(client("iam", "GetUser", UserName="Ann")["User"]["UserId"], made["UserId"])
    equal([one["UserName"] for one in client("iam", "ListUsers", PathPrefix="/team/")["Users"]], ["Ann"])
    client.refused(
        "EntityAlreadyExists", 409, "User with name Ann already exists.", "iam", "CreateUser", UserName="Ann"
    )
    client("iam", "PutUserPolicy", UserName="Ann", PolicyName="p", PolicyDocument=policy())
    client.refused(
        "DeleteConflict", 409, "Cannot delete entity, must delete policies first.", "iam", "DeleteUser", UserName="Ann"
    )
    client("iam", "DeleteUserPolicy", UserName="Ann", PolicyName="p")
    client("iam", "DeleteUser", UserName="Ann")
    client.refused("NoSuchEntity", 404, "The user with name Ann cannot be found.", "iam", "GetUser", UserName="Ann")


@case(
    "iam",
    "CreateRole GetRole ListRoles UpdateAssumeRolePolicy DeleteRole",
    refuses="GetRole CreateRole UpdateAssumeRolePolicy",
)
def roles(client):
    made = role(client, "worker", Path="/jobs/", Description="works", MaxSessionDuration=7200)
    equal((made["Arn"], document(made["AssumeRolePolicyDocument"])), (f"{IAM}role/jobs/worker", json.loads(TRUST)))
    found = client("iam", "GetRole", RoleName="worker")["Role"]
    equal((found["RoleId"], found["MaxSessionDuration"], found["Description"]), (made["RoleId"], 7200, "works"))
    equal([one["RoleName"] for one in client("iam", "ListRoles", PathPrefix="/jobs/")["Roles"]], ["worker"])
    named = TRUST.replace(":root", ":user/tester")
    client("iam", "UpdateAssumeRolePolicy", RoleName="worker", PolicyDocument=named)
    equal(document(client("iam", "GetRole", RoleName="worker")["Role"]["AssumeRolePolicyDocument"]), json.loads(named))
    client.refused(
        "EntityAlreadyExists",
        409,
        "Role with name worker already exists.",
        "iam",
        "CreateRole",
        RoleName="worker",
        AssumeRolePolicyDocument=TRUST,
    )
    nobody = TRUST.replace(":root", ":user/never-was")
    client.refused(
        "MalformedPolicyDocument",
        400,
        re.compile('^Invalid principal in policy: "AWS":".*user/never-was"'),
        "iam",
        "UpdateAssumeRolePolicy",
        RoleName="worker",
        PolicyDocument=nobody,
    )
    client("iam", "DeleteRole", RoleName="worker")
    client.refused(
        "NoSuchEntity", 404, "The role with name worker cannot be found.", "iam", "GetRole", RoleName="worker"
    )


@case(
    "iam",
    "CreateGroup GetGroup ListGroups AddUserToGroup ListGroupsForUser RemoveUserFromGroup DeleteGroup",
    refuses="GetGroup CreateGroup DeleteGroup",
)
def groups(client):
    user(client, "member")
    equal(client("iam", "CreateGroup", GroupName="crew", Path="/c/")["Group"]["Arn"], f"{IAM}group/c/crew")
    client("iam", "AddUserToGroup", GroupName="crew", UserName="member")
    equal([one["UserName"] for one in client("iam", "GetGroup", GroupName="crew")["Users"]], ["member"])
    equal([one["GroupName"] for one in client("iam", "ListGroups", PathPrefix="/c/")["Groups"]], ["crew"])
    equal([one["GroupName"] for one in client("iam", "ListGroupsForUser", UserName="member")["Groups"]], ["crew"])
    client.refused(
        "EntityAlreadyExists", 409, "Group with name crew already exists.", "iam", "CreateGroup", GroupName="crew"
    )
    client.refused("DeleteConflict", 409, None, "iam", "DeleteGroup", GroupName="crew")
    client("iam", "RemoveUserFromGroup", GroupName="crew", UserName="member")
    equal(client("iam", "ListGroupsForUser", UserName="member")["Groups"], [])
    client("iam", "DeleteGroup", GroupName="crew")
    client.refused(
        "NoSuchEntity", 404, "The group with name crew cannot be found.", "iam", "GetGroup", GroupName="crew"
    )


@case(
    "iam",
    "CreateAccessKey ListAccessKeys UpdateAccessKey GetAccessKeyLastUsed DeleteAccessKey",
    refuses="CreateAccessKey",
)
def access_keys(client):
    user(client, "keyed")
    key = client("iam", "CreateAccessKey", UserName="keyed")["AccessKey"]
    expect(
        re.fullmatch("[A-Z]KIA[A-Z2-7]{16}", key["AccessKeyId"]) and len(key["SecretAccessKey"]) == 40,
        "form of key or secret",
    )
    keyed = client.of(key["AccessKeyId"], key["SecretAccessKey"])
    equal(keyed("sts", "GetCallerIdentity")["Arn"], f"{IAM}user/keyed")
    used = client("iam", "GetAccessKeyLastUsed", AccessKeyId=key["AccessKeyId"])
    equal((used["UserName"], used["AccessKeyLastUsed"]["ServiceName"]), ("keyed", "sts"))
    client("iam", "UpdateAccessKey", UserName="keyed", AccessKeyId=key["AccessKeyId"], Status="Inactive")
    listed = client("iam", "ListAccessKeys", UserName="keyed")["AccessKeyMetadata"]
    equal([(one["AccessKeyId"], one["Status"]) for one in listed], [(key["AccessKeyId"], "Inactive")])
    keyed.refused("InvalidClientTokenId", 403, None, "sts", "GetCallerIdentity")
    client("iam", "CreateAccessKey", UserName="keyed")
    client.refused(
        "LimitExceeded", 409, "Cannot exceed quota for AccessKeysPerUser: 2", "iam", "CreateAccessKey", UserName="keyed"
    )
    client("iam", "DeleteAccessKey", UserName="keyed", AccessKeyId=key["AccessKeyId"])
    equal(len(client("iam", "ListAccessKeys", UserName="keyed")["AccessKeyMetadata"]), 1)


def inline(kind, make):
    title = {"user": "User", "group": "Group", "role": "Role"}[kind]

    def body(client):
        name = {f"{title}Name": f"holds-{kind}"}
        make(client, f"holds-{kind}")
        client("iam", f"Put{title}Policy", PolicyName="own", PolicyDocument=policy(), **name)
        found = client("iam", f"Get{title}Policy", PolicyName="own", **name)
        equal(document(found["PolicyDocument"]), json.loads(policy()))
        equal(client("iam", f"List{title}Policies", **name)["PolicyNames"], ["own"])
        client.refused(
            "MalformedPolicyDocument",
            400,
            None,
            "iam",
            f"Put{title}Policy",
            PolicyName="own",
            PolicyDocument="{}",
            **name,
        )
        client("iam", f"Delete{title}Policy", PolicyName="own", **name)
        client.refused(
            "NoSuchEntity",
            404,
            f"The {kind} policy with name own cannot be found.",
            "iam",
            f"Get{title}Policy",
            PolicyName="own",
            **name,
        )
        arn = "arn:aws:iam::aws:policy/CloudWatchReadOnlyAccess"
        client("iam", f"Attach{title}Policy", PolicyArn=arn, **name)
        attached = client("iam", f"ListAttached{title}Policies", **name)["AttachedPolicies"]
        equal(attached, [{"PolicyName": "CloudWatchReadOnlyAccess", "PolicyArn": arn}])
        client("iam", f"Detach{title}Policy", PolicyArn=arn, **name)
        equal(client("iam", f"ListAttached{title}Policies", **name)["AttachedPolicies"], [])
        client.refused("NoSuchEntity", 404, None, "iam", f"Detach{title}Policy", PolicyArn=arn, **name)

    body.__doc__ = f"policies of a {kind}"
    case(
        "iam",
        f"Put{title}Policy Get{title}Policy List{title}Policies Delete{title}Policy Attach{title}Policy "
        f"ListAttached{title}Policies Detach{title}Policy",
        refuses=f"Get{title}Policy Detach{title}Policy Put{title}Policy",
    )(body)
    missing = {f"{title}Name": "never-was"}
    for operation, more in (
        (f"List{title}Policies", {}),
        (f"Delete{title}Policy", {"PolicyName": "p"}),
        (f"Attach{title}Policy", {"PolicyArn": "arn:aws:iam::aws:policy/ReadOnlyAccess"}),
        (f"ListAttached{title}Policies", {}),
    ):
        refusals(
            "iam",
            [(operation, "NoSuchEntity", 404, f"The {kind} with name never-was cannot be found.", {**missing, **more})],
        )


inline("user", user)
inline("role", role)
inline("group", lambda client, name: client("iam", "CreateGroup", GroupName=name))


@case(
    "iam",
    "PutUserPermissionsBoundary DeleteUserPermissionsBoundary PutRolePermissionsBoundary DeleteRolePermissionsBoundary",
)
def boundaries(client):
    user(client, "bounded")
    client("iam", "PutUserPolicy", UserName="bounded", PolicyName="all", PolicyDocument=policy("*"))
    key = client("iam", "CreateAccessKey", UserName="bounded")["AccessKey"]
    bounded = client.of(key["AccessKeyId"], key["SecretAccessKey"])
    arn = "arn:aws:iam::aws:policy/CloudWatchReadOnlyAccess"
    client("iam", "PutUserPermissionsBoundary", UserName="bounded", PermissionsBoundary=arn)
    bounded.refused(
        "AccessDenied",
        400,
        re.compile("because no permissions boundary allows the cloudwatch:DeleteAlarms action"),
        "cloudwatch",
        "DeleteAlarms",
        AlarmNames=["x"],
    )
    equal(client("iam", "GetUser", UserName="bounded")["User"]["PermissionsBoundary"]["PermissionsBoundaryArn"], arn)
    client("iam", "DeleteUserPermissionsBoundary", UserName="bounded")
    bounded("cloudwatch", "DeleteAlarms", AlarmNames=["never-was"])
    role(client, "bounded")
    client("iam", "PutRolePermissionsBoundary", RoleName="bounded", PermissionsBoundary=arn)
    equal(client("iam", "GetRole", RoleName="bounded")["Role"]["PermissionsBoundary"]["PermissionsBoundaryArn"], arn)
    client("iam", "DeleteRolePermissionsBoundary", RoleName="bounded")
    equal("PermissionsBoundary" in client("iam", "GetRole", RoleName="bounded")["Role"], False)


@case(
    "iam",
    "CreatePolicy GetPolicy ListPolicies CreatePolicyVersion GetPolicyVersion ListPolicyVersions "
    "SetDefaultPolicyVersion "
    "DeletePolicyVersion DeletePolicy",
    refuses="CreatePolicy GetPolicy DeletePolicyVersion DeletePolicy",
)
def managed_policies(client):
    made = client("iam", "CreatePolicy", PolicyName="shared", PolicyDocument=policy(), Path="/p/", Description="text")[
        "Policy"
    ]
    arn = made["Arn"]
    equal((arn, made["DefaultVersionId"], made["AttachmentCount"]), (f"{IAM}policy/p/shared", "v1", 0))
    equal(client("iam", "GetPolicy", PolicyArn=arn)["Policy"]["Description"], "text")
    equal([one["Arn"] for one in client("iam", "ListPolicies", Scope="Local", PathPrefix="/p/")["Policies"]], [arn])
    client.refused(
        "EntityAlreadyExists",
        409,
        None,
        "iam",
        "CreatePolicy",
        PolicyName="shared",
        PolicyDocument=policy(),
        Path="/p/",
    )
    second = client("iam", "CreatePolicyVersion", PolicyArn=arn, PolicyDocument=policy("*"), SetAsDefault=False)[
        "PolicyVersion"
    ]
    equal((second["VersionId"], second["IsDefaultVersion"]), ("v2", False))
    found = client("iam", "GetPolicyVersion", PolicyArn=arn, VersionId="v2")["PolicyVersion"]
    equal(document(found["Document"]), json.loads(policy("*")))
    client("iam", "SetDefaultPolicyVersion", PolicyArn=arn, VersionId="v2")
    versions = client("iam", "ListPolicyVersions", PolicyArn=arn)["Versions"]
    equal(sorted((one["VersionId"], one["IsDefaultVersion"]) for one in versions), [("v1", False), ("v2", True)])
    client.refused("DeleteConflict", 409, None, "iam", "DeletePolicyVersion", PolicyArn=arn, VersionId="v2")
    client("iam", "DeletePolicyVersion", PolicyArn=arn, VersionId="v1")
    equal([one["VersionId"] for one in client("iam", "ListPolicyVersions", PolicyArn=arn)["Versions"]], ["v2"])
    user(client, "uses-it")
    client("iam", "AttachUserPolicy", UserName="uses-it", PolicyArn=arn)
    client.refused(
        "DeleteConflict", 409, "Cannot delete a policy attached to entities.", "iam", "DeletePolicy", PolicyArn=arn
    )
    client("iam", "DetachUserPolicy", UserName="uses-it", PolicyArn=arn)
    client("iam", "DeletePolicy", PolicyArn=arn)
    client.refused("NoSuchEntity", 404, f"Policy {arn} was not found.", "iam", "GetPolicy", PolicyArn=arn)


def code(seed, step):
    digest = hmac.new(base64.b32decode(seed), struct.pack(">Q", step), hashlib.sha1).digest()
    start = digest[-1] & 15
    return f"{(struct.unpack('>I', digest[start : start + 4])[0] & 0x7FFFFFFF) % 1_000_000:06}"


@case(
    "iam",
    "CreateVirtualMFADevice EnableMFADevice ListMFADevices DeactivateMFADevice DeleteVirtualMFADevice",
    refuses="CreateVirtualMFADevice EnableMFADevice DeleteVirtualMFADevice",
)
def one_time_passwords(client):
    user(client, "careful")
    device = client("iam", "CreateVirtualMFADevice", VirtualMFADeviceName="phone")["VirtualMFADevice"]
    serial, seed = f"{IAM}mfa/phone", device["Base32StringSeed"]
    equal(device["SerialNumber"], serial)
    client.refused("EntityAlreadyExists", 409, None, "iam", "CreateVirtualMFADevice", VirtualMFADeviceName="phone")
    client.refused(
        "InvalidAuthenticationCode",
        403,
        None,
        "iam",
        "EnableMFADevice",
        UserName="careful",
        SerialNumber=serial,
        AuthenticationCode1="000000",
        AuthenticationCode2="000000",
    )
    step = int(time.time()) // 30
    client(
        "iam",
        "EnableMFADevice",
        UserName="careful",
        SerialNumber=serial,
        AuthenticationCode1=code(seed, step - 1),
        AuthenticationCode2=code(seed, step),
    )
    equal([one["SerialNumber"] for one in client("iam", "ListMFADevices", UserName="careful")["MFADevices"]], [serial])
    client.refused("DeleteConflict", 409, None, "iam", "DeleteVirtualMFADevice", SerialNumber=serial)
    key = client("iam", "CreateAccessKey", UserName="careful")["AccessKey"]
    careful = client.of(key["AccessKeyId"], key["SecretAccessKey"])
    with_code = {"SerialNumber": serial, "TokenCode": code(seed, int(time.time()) // 30 + 1)}
    expect(
        careful("sts", "GetSessionToken", **with_code)["Credentials"]["AccessKeyId"].startswith("ASIA"),
        "session with a code",
    )
    # A code counts once.
    careful.refused(
        "AccessDenied",
        403,
        "MultiFactorAuthentication failed with invalid MFA one time pass code. ",
        "sts",
        "GetSessionToken",
        **with_code,
    )
    client("iam", "DeactivateMFADevice", UserName="careful", SerialNumber=serial)
    equal(client("iam", "ListMFADevices", UserName="careful")["MFADevices"], [])
    client("iam", "DeleteVirtualMFADevice", SerialNumber=serial)


@case("iam", "SimulatePrincipalPolicy ListAccountAliases")
def simulation_and_aliases(client):
    results = client(
        "iam",
        "SimulatePrincipalPolicy",
        PolicySourceArn=f"{IAM}user/reader",
        ActionNames=["cloudwatch:GetMetricData", "cloudwatch:PutMetricData"],
    )["EvaluationResults"]
    equal(
        [(one["EvalActionName"], one["EvalDecision"]) for one in results],
        [("cloudwatch:GetMetricData", "allowed"), ("cloudwatch:PutMetricData", "implicitDeny")],
    )
    equal(client("iam", "ListAccountAliases")["AccountAliases"], [])


NO_USER, NO_POLICY = {"UserName": "never-was"}, {"PolicyArn": f"{IAM}policy/never-was"}
NO_USER_TEXT, NO_POLICY_TEXT = (
    "The user with name never-was cannot be found.",
    f"Policy {IAM}policy/never-was was not found.",
)
BOUNDARY = {"PermissionsBoundary": "arn:aws:iam::aws:policy/ReadOnlyAccess"}
refusals(
    "iam",
    [
        ("CreateUser", "ValidationError", 400, re.compile("userName"), {"UserName": "a b"}),
        ("DeleteUser", "NoSuchEntity", 404, NO_USER_TEXT, NO_USER),
        ("ListUsers", "ValidationError", 400, None, {"MaxItems": 0}),
        ("CreateRole", "MalformedPolicyDocument", 400, None, {"RoleName": "bad", "AssumeRolePolicyDocument": "{}"}),
        ("DeleteRole", "NoSuchEntity", 404, "The role with name never-was cannot be found.", {"RoleName": "never-was"}),
        ("ListRoles", "ValidationError", 400, None, {"MaxItems": 0}),
        (
            "UpdateAssumeRolePolicy",
            "NoSuchEntity",
            404,
            "The role with name never-was cannot be found.",
            {"RoleName": "never-was", "PolicyDocument": TRUST},
        ),
        (
            "DeleteGroup",
            "NoSuchEntity",
            404,
            "The group with name never-was cannot be found.",
            {"GroupName": "never-was"},
        ),
        ("ListGroups", "ValidationError", 400, None, {"MaxItems": 0}),
        (
            "AddUserToGroup",
            "NoSuchEntity",
            404,
            "The group with name never-was cannot be found.",
            {"GroupName": "never-was", "UserName": "tester"},
        ),
        (
            "RemoveUserFromGroup",
            "NoSuchEntity",
            404,
            "The group with name never-was cannot be found.",
            {"GroupName": "never-was", "UserName": "tester"},
        ),
        ("ListGroupsForUser", "NoSuchEntity", 404, NO_USER_TEXT, NO_USER),
        ("CreateAccessKey", "NoSuchEntity", 404, NO_USER_TEXT, NO_USER),
        ("ListAccessKeys", "NoSuchEntity", 404, NO_USER_TEXT, NO_USER),
        (
            "UpdateAccessKey",
            "NoSuchEntity",
            404,
            NO_USER_TEXT,
            {**NO_USER, "AccessKeyId": "AKIAAAAAAAAAAAAAAAAA", "Status": "Active"},
        ),
        (
            "DeleteAccessKey",
            "NoSuchEntity",
            404,
            "The Access Key with id AKIAAAAAAAAAAAAAAAAA cannot be found.",
            {"UserName": "tester", "AccessKeyId": "AKIAAAAAAAAAAAAAAAAA"},
        ),
        ("GetAccessKeyLastUsed", "NoSuchEntity", 404, None, {"AccessKeyId": "AKIAAAAAAAAAAAAAAAAA"}),
        ("PutUserPermissionsBoundary", "NoSuchEntity", 404, NO_USER_TEXT, {**NO_USER, **BOUNDARY}),
        ("DeleteUserPermissionsBoundary", "NoSuchEntity", 404, NO_USER_TEXT, NO_USER),
        ("PutRolePermissionsBoundary", "NoSuchEntity", 404, None, {"RoleName": "never-was", **BOUNDARY}),
        ("DeleteRolePermissionsBoundary", "NoSuchEntity", 404, None, {"RoleName": "never-was"}),
        ("CreatePolicy", "MalformedPolicyDocument", 400, None, {"PolicyName": "bad", "PolicyDocument": "{}"}),
        ("ListPolicies", "ValidationError", 400, None, {"Scope": "Nowhere"}),
        ("CreatePolicyVersion", "NoSuchEntity", 404, NO_POLICY_TEXT, {**NO_POLICY, "PolicyDocument": policy()}),
        ("GetPolicyVersion", "NoSuchEntity", 404, None, {**NO_POLICY, "VersionId": "v1"}),
        ("ListPolicyVersions", "NoSuchEntity", 404, NO_POLICY_TEXT, NO_POLICY),
        ("SetDefaultPolicyVersion", "NoSuchEntity", 404, None, {**NO_POLICY, "VersionId": "v1"}),
        ("DeletePolicy", "NoSuchEntity", 404, NO_POLICY_TEXT, NO_POLICY),
        ("ListMFADevices", "NoSuchEntity", 404, NO_USER_TEXT, NO_USER),
        (
            "DeactivateMFADevice",
            "NoSuchEntity",
            404,
            None,
            {"UserName": "tester", "SerialNumber": f"{IAM}mfa/never-was"},
        ),
        (
            "SimulatePrincipalPolicy",
            "NoSuchEntity",
            404,
            None,
            {"PolicySourceArn": f"{IAM}user/never-was", "ActionNames": ["a:b"]},
        ),
    ],
)
denials("iam", [("ListAccountAliases", {}), ("CreateUser", {"UserName": "x"})])
