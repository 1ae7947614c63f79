// Made by Tools/service-tables from the published model; Docs/Design/0010-operation-tables.md has the form.

extension BuiltInTables {
    static let iam = #"""
        V name=iam signing=iam id=IAM version=2010-05-08 protocols=query\#
         xmlns=https://iam.amazonaws.com/doc/2010-05-08/
        O AddUserToGroup in=AddUserToGroupRequest\#
         err=NoSuchEntityException,LimitExceededException,ServiceFailureException
        O AttachGroupPolicy in=AttachGroupPolicyRequest err=NoSuchEntityException,LimitExceededException,InvalidInputE\#
        xception,PolicyNotAttachableException,ServiceFailureException
        O AttachRolePolicy in=AttachRolePolicyRequest err=NoSuchEntityException,LimitExceededException,InvalidInputExc\#
        eption,UnmodifiableEntityException,PolicyNotAttachableException,ServiceFailureException
        O AttachUserPolicy in=AttachUserPolicyRequest err=NoSuchEntityException,LimitExceededException,InvalidInputExc\#
        eption,PolicyNotAttachableException,ServiceFailureException
        O CreateAccessKey in=CreateAccessKeyRequest out=CreateAccessKeyResponse\#
         err=NoSuchEntityException,LimitExceededException,ServiceFailureException
        O CreateAccountAlias in=CreateAccountAliasRequest err=ConcurrentModificationException,EntityAlreadyExistsExcep\#
        tion,LimitExceededException,ServiceFailureException
        O CreateGroup in=CreateGroupRequest out=CreateGroupResponse\#
         err=LimitExceededException,EntityAlreadyExistsException,NoSuchEntityException,ServiceFailureException
        O CreatePolicy in=CreatePolicyRequest out=CreatePolicyResponse err=InvalidInputException,LimitExceededExceptio\#
        n,EntityAlreadyExistsException,MalformedPolicyDocumentException,ConcurrentModificationException,ServiceFailure\#
        Exception
        O CreatePolicyVersion in=CreatePolicyVersionRequest out=CreatePolicyVersionResponse err=NoSuchEntityException,\#
        MalformedPolicyDocumentException,InvalidInputException,LimitExceededException,ServiceFailureException
        O CreateRole in=CreateRoleRequest out=CreateRoleResponse err=LimitExceededException,InvalidInputException,Enti\#
        tyAlreadyExistsException,MalformedPolicyDocumentException,ConcurrentModificationException,ServiceFailureExcept\#
        ion
        O CreateUser in=CreateUserRequest out=CreateUserResponse err=LimitExceededException,EntityAlreadyExistsExcepti\#
        on,NoSuchEntityException,InvalidInputException,ConcurrentModificationException,ServiceFailureException
        O CreateVirtualMFADevice in=CreateVirtualMFADeviceRequest out=CreateVirtualMFADeviceResponse err=LimitExceeded\#
        Exception,InvalidInputException,EntityAlreadyExistsException,ConcurrentModificationException,ServiceFailureExc\#
        eption
        O DeactivateMFADevice in=DeactivateMFADeviceRequest err=EntityTemporarilyUnmodifiableException,NoSuchEntityExc\#
        eption,LimitExceededException,ServiceFailureException,ConcurrentModificationException
        O DeleteAccessKey in=DeleteAccessKeyRequest\#
         err=NoSuchEntityException,LimitExceededException,ServiceFailureException
        O DeleteAccountAlias in=DeleteAccountAliasRequest\#
         err=ConcurrentModificationException,NoSuchEntityException,LimitExceededException,ServiceFailureException
        O DeleteGroup in=DeleteGroupRequest\#
         err=NoSuchEntityException,DeleteConflictException,LimitExceededException,ServiceFailureException
        O DeleteGroupPolicy in=DeleteGroupPolicyRequest\#
         err=NoSuchEntityException,LimitExceededException,ServiceFailureException
        O DeletePolicy in=DeletePolicyRequest err=NoSuchEntityException,LimitExceededException,InvalidInputException,D\#
        eleteConflictException,ServiceFailureException
        O DeletePolicyVersion in=DeletePolicyVersionRequest err=NoSuchEntityException,LimitExceededException,InvalidIn\#
        putException,DeleteConflictException,ServiceFailureException
        O DeleteRole in=DeleteRoleRequest err=NoSuchEntityException,DeleteConflictException,LimitExceededException,Unm\#
        odifiableEntityException,ConcurrentModificationException,ServiceFailureException
        O DeleteRolePermissionsBoundary in=DeleteRolePermissionsBoundaryRequest\#
         err=NoSuchEntityException,UnmodifiableEntityException,ServiceFailureException
        O DeleteRolePolicy in=DeleteRolePolicyRequest\#
         err=NoSuchEntityException,LimitExceededException,UnmodifiableEntityException,ServiceFailureException
        O DeleteUser in=DeleteUserRequest err=LimitExceededException,NoSuchEntityException,DeleteConflictException,Con\#
        currentModificationException,ServiceFailureException
        O DeleteUserPermissionsBoundary in=DeleteUserPermissionsBoundaryRequest\#
         err=NoSuchEntityException,ServiceFailureException
        O DeleteUserPolicy in=DeleteUserPolicyRequest\#
         err=NoSuchEntityException,LimitExceededException,ServiceFailureException
        O DeleteVirtualMFADevice in=DeleteVirtualMFADeviceRequest err=NoSuchEntityException,DeleteConflictException,Li\#
        mitExceededException,ServiceFailureException,ConcurrentModificationException
        O DetachGroupPolicy in=DetachGroupPolicyRequest\#
         err=NoSuchEntityException,LimitExceededException,InvalidInputException,ServiceFailureException
        O DetachRolePolicy in=DetachRolePolicyRequest err=NoSuchEntityException,LimitExceededException,InvalidInputExc\#
        eption,UnmodifiableEntityException,ServiceFailureException
        O DetachUserPolicy in=DetachUserPolicyRequest\#
         err=NoSuchEntityException,LimitExceededException,InvalidInputException,ServiceFailureException
        O EnableMFADevice in=EnableMFADeviceRequest err=EntityAlreadyExistsException,EntityTemporarilyUnmodifiableExce\#
        ption,InvalidAuthenticationCodeException,LimitExceededException,NoSuchEntityException,ServiceFailureException,\#
        ConcurrentModificationException
        O GetAccessKeyLastUsed in=GetAccessKeyLastUsedRequest out=GetAccessKeyLastUsedResponse
        O GetAccountAuthorizationDetails in=GetAccountAuthorizationDetailsRequest\#
         out=GetAccountAuthorizationDetailsResponse\#
         page=Marker,Marker,MaxItems,UserDetailList+GroupDetailList+RoleDetailList+Policies\#
         err=ServiceFailureException
        O GetAccountSummary out=GetAccountSummaryResponse err=ServiceFailureException
        O GetGroup in=GetGroupRequest out=GetGroupResponse page=Marker,Marker,MaxItems,Users\#
         err=NoSuchEntityException,ServiceFailureException
        O GetGroupPolicy in=GetGroupPolicyRequest out=GetGroupPolicyResponse\#
         err=NoSuchEntityException,ServiceFailureException
        O GetPolicy in=GetPolicyRequest out=GetPolicyResponse\#
         err=NoSuchEntityException,InvalidInputException,ServiceFailureException
        O GetPolicyVersion in=GetPolicyVersionRequest out=GetPolicyVersionResponse\#
         err=NoSuchEntityException,InvalidInputException,ServiceFailureException
        O GetRole in=GetRoleRequest out=GetRoleResponse err=NoSuchEntityException,ServiceFailureException
        O GetRolePolicy in=GetRolePolicyRequest out=GetRolePolicyResponse\#
         err=NoSuchEntityException,ServiceFailureException
        O GetUser in=GetUserRequest out=GetUserResponse err=NoSuchEntityException,ServiceFailureException
        O GetUserPolicy in=GetUserPolicyRequest out=GetUserPolicyResponse\#
         err=NoSuchEntityException,ServiceFailureException
        O ListAccessKeys in=ListAccessKeysRequest out=ListAccessKeysResponse\#
         page=Marker,Marker,MaxItems,AccessKeyMetadata err=NoSuchEntityException,ServiceFailureException
        O ListAccountAliases in=ListAccountAliasesRequest out=ListAccountAliasesResponse\#
         page=Marker,Marker,MaxItems,AccountAliases err=ServiceFailureException
        O ListAttachedGroupPolicies in=ListAttachedGroupPoliciesRequest out=ListAttachedGroupPoliciesResponse\#
         page=Marker,Marker,MaxItems,AttachedPolicies\#
         err=NoSuchEntityException,InvalidInputException,ServiceFailureException
        O ListAttachedRolePolicies in=ListAttachedRolePoliciesRequest out=ListAttachedRolePoliciesResponse\#
         page=Marker,Marker,MaxItems,AttachedPolicies\#
         err=NoSuchEntityException,InvalidInputException,ServiceFailureException
        O ListAttachedUserPolicies in=ListAttachedUserPoliciesRequest out=ListAttachedUserPoliciesResponse\#
         page=Marker,Marker,MaxItems,AttachedPolicies\#
         err=NoSuchEntityException,InvalidInputException,ServiceFailureException
        O ListEntitiesForPolicy in=ListEntitiesForPolicyRequest out=ListEntitiesForPolicyResponse\#
         page=Marker,Marker,MaxItems,PolicyGroups+PolicyUsers+PolicyRoles\#
         err=NoSuchEntityException,InvalidInputException,ServiceFailureException
        O ListGroupPolicies in=ListGroupPoliciesRequest out=ListGroupPoliciesResponse\#
         page=Marker,Marker,MaxItems,PolicyNames err=NoSuchEntityException,ServiceFailureException
        O ListGroups in=ListGroupsRequest out=ListGroupsResponse page=Marker,Marker,MaxItems,Groups\#
         err=ServiceFailureException
        O ListGroupsForUser in=ListGroupsForUserRequest out=ListGroupsForUserResponse\#
         page=Marker,Marker,MaxItems,Groups err=NoSuchEntityException,ServiceFailureException
        O ListMFADevices in=ListMFADevicesRequest out=ListMFADevicesResponse page=Marker,Marker,MaxItems,MFADevices\#
         err=NoSuchEntityException,ServiceFailureException
        O ListPolicies in=ListPoliciesRequest out=ListPoliciesResponse page=Marker,Marker,MaxItems,Policies\#
         err=ServiceFailureException
        O ListPolicyVersions in=ListPolicyVersionsRequest out=ListPolicyVersionsResponse\#
         page=Marker,Marker,MaxItems,Versions err=NoSuchEntityException,InvalidInputException,ServiceFailureException
        O ListRolePolicies in=ListRolePoliciesRequest out=ListRolePoliciesResponse\#
         page=Marker,Marker,MaxItems,PolicyNames err=NoSuchEntityException,ServiceFailureException
        O ListRoleTags in=ListRoleTagsRequest out=ListRoleTagsResponse page=Marker,Marker,MaxItems,Tags\#
         err=NoSuchEntityException,ServiceFailureException
        O ListRoles in=ListRolesRequest out=ListRolesResponse page=Marker,Marker,MaxItems,Roles\#
         err=ServiceFailureException
        O ListUserPolicies in=ListUserPoliciesRequest out=ListUserPoliciesResponse\#
         page=Marker,Marker,MaxItems,PolicyNames err=NoSuchEntityException,ServiceFailureException
        O ListUserTags in=ListUserTagsRequest out=ListUserTagsResponse page=Marker,Marker,MaxItems,Tags\#
         err=NoSuchEntityException,ServiceFailureException
        O ListUsers in=ListUsersRequest out=ListUsersResponse page=Marker,Marker,MaxItems,Users\#
         err=ServiceFailureException
        O ListVirtualMFADevices in=ListVirtualMFADevicesRequest out=ListVirtualMFADevicesResponse\#
         page=Marker,Marker,MaxItems,VirtualMFADevices
        O PutGroupPolicy in=PutGroupPolicyRequest\#
         err=LimitExceededException,MalformedPolicyDocumentException,NoSuchEntityException,ServiceFailureException
        O PutRolePermissionsBoundary in=PutRolePermissionsBoundaryRequest err=NoSuchEntityException,InvalidInputExcept\#
        ion,UnmodifiableEntityException,PolicyNotAttachableException,ServiceFailureException
        O PutRolePolicy in=PutRolePolicyRequest err=LimitExceededException,MalformedPolicyDocumentException,NoSuchEnti\#
        tyException,UnmodifiableEntityException,ServiceFailureException
        O PutUserPermissionsBoundary in=PutUserPermissionsBoundaryRequest\#
         err=NoSuchEntityException,InvalidInputException,PolicyNotAttachableException,ServiceFailureException
        O PutUserPolicy in=PutUserPolicyRequest\#
         err=LimitExceededException,MalformedPolicyDocumentException,NoSuchEntityException,ServiceFailureException
        O RemoveUserFromGroup in=RemoveUserFromGroupRequest\#
         err=NoSuchEntityException,LimitExceededException,ServiceFailureException
        O ResyncMFADevice in=ResyncMFADeviceRequest err=InvalidAuthenticationCodeException,NoSuchEntityException,Limit\#
        ExceededException,ServiceFailureException,ConcurrentModificationException
        O SetDefaultPolicyVersion in=SetDefaultPolicyVersionRequest\#
         err=NoSuchEntityException,InvalidInputException,LimitExceededException,ServiceFailureException
        O SimulateCustomPolicy in=SimulateCustomPolicyRequest out=SimulatePolicyResponse\#
         page=Marker,Marker,MaxItems,EvaluationResults err=InvalidInputException,PolicyEvaluationException
        O SimulatePrincipalPolicy in=SimulatePrincipalPolicyRequest out=SimulatePolicyResponse\#
         page=Marker,Marker,MaxItems,EvaluationResults\#
         err=NoSuchEntityException,InvalidInputException,PolicyEvaluationException
        O TagRole in=TagRoleRequest err=NoSuchEntityException,LimitExceededException,InvalidInputException,ConcurrentM\#
        odificationException,ServiceFailureException
        O TagUser in=TagUserRequest err=NoSuchEntityException,LimitExceededException,InvalidInputException,ConcurrentM\#
        odificationException,ServiceFailureException
        O UntagRole in=UntagRoleRequest\#
         err=NoSuchEntityException,ConcurrentModificationException,ServiceFailureException
        O UntagUser in=UntagUserRequest\#
         err=NoSuchEntityException,ConcurrentModificationException,ServiceFailureException
        O UpdateAccessKey in=UpdateAccessKeyRequest\#
         err=NoSuchEntityException,LimitExceededException,ServiceFailureException,InvalidInputException
        O UpdateAssumeRolePolicy in=UpdateAssumeRolePolicyRequest err=NoSuchEntityException,MalformedPolicyDocumentExc\#
        eption,LimitExceededException,UnmodifiableEntityException,ServiceFailureException
        O UpdateGroup in=UpdateGroupRequest\#
         err=NoSuchEntityException,EntityAlreadyExistsException,LimitExceededException,ServiceFailureException
        O UpdateRole in=UpdateRoleRequest out=UpdateRoleResponse\#
         err=UnmodifiableEntityException,NoSuchEntityException,ServiceFailureException
        O UpdateUser in=UpdateUserRequest err=NoSuchEntityException,LimitExceededException,EntityAlreadyExistsExceptio\#
        n,EntityTemporarilyUnmodifiableException,ConcurrentModificationException,ServiceFailureException
        S AddUserToGroupRequest GroupName*:groupNameType UserName*:existingUserNameType
        s groupNameType 1..128 /[\w+=,.@-]+
        s existingUserNameType 1..128 /[\w+=,.@-]+
        F NoSuchEntityException code=NoSuchEntity status=404 message:noSuchEntityMessage
        s noSuchEntityMessage
        F LimitExceededException code=LimitExceeded status=409 message:limitExceededMessage
        s limitExceededMessage
        F ServiceFailureException code=ServiceFailure status=500 message:serviceFailureExceptionMessage
        s serviceFailureExceptionMessage
        S AttachGroupPolicyRequest GroupName*:groupNameType PolicyArn*:arnType
        s arnType 20..2048
        F InvalidInputException code=InvalidInput status=400 message:invalidInputMessage
        s invalidInputMessage
        F PolicyNotAttachableException code=PolicyNotAttachable status=400 message:policyNotAttachableMessage
        s policyNotAttachableMessage
        S AttachRolePolicyRequest RoleName*:roleNameType PolicyArn*:arnType
        s roleNameType 1..64 /[\w+=,.@-]+
        F UnmodifiableEntityException code=UnmodifiableEntity status=400 message:unmodifiableEntityMessage
        s unmodifiableEntityMessage
        S AttachUserPolicyRequest UserName*:userNameType PolicyArn*:arnType
        s userNameType 1..64 /[\w+=,.@-]+
        S CreateAccessKeyRequest UserName:existingUserNameType
        S CreateAccessKeyResponse AccessKey*:AccessKey
        S AccessKey UserName*:userNameType AccessKeyId*:accessKeyIdType Status*:statusType\#
         SecretAccessKey*:accessKeySecretType CreateDate:dateType
        s accessKeyIdType 16..128 /[\w]+
        e statusType =Active =Inactive =Expired
        s accessKeySecretType secret
        t dateType
        S CreateAccountAliasRequest AccountAlias*:accountAliasType
        s accountAliasType 3..63 /^[a-z0-9]([a-z0-9]|-(?!-)){1,61}[a-z0-9]$
        F ConcurrentModificationException code=ConcurrentModification status=409 message:ConcurrentModificationMessage
        s ConcurrentModificationMessage
        F EntityAlreadyExistsException code=EntityAlreadyExists status=409 message:entityAlreadyExistsMessage
        s entityAlreadyExistsMessage
        S CreateGroupRequest Path:pathType GroupName*:groupNameType
        s pathType 1..512 /(\u002F)|(\u002F[\u0021-\u007E]+\u002F)
        S CreateGroupResponse Group*:Group
        S Group Path*:pathType GroupName*:groupNameType GroupId*:idType Arn*:arnType CreateDate*:dateType
        s idType 16..128 /[\w]+
        S CreatePolicyRequest PolicyName*:policyNameType Path:policyPathType PolicyDocument*:policyDocumentType\#
         Description:policyDescriptionType Tags:tagListType
        s policyNameType 1..128 /[\w+=,.@-]+
        s policyPathType 1..512 /((/[A-Za-z0-9\.,\+@=_-]+)*)/
        s policyDocumentType 1..131072 /[\u0009\u000A\u000D\u0020-\u00FF]+
        s policyDescriptionType ..1000
        L tagListType Tag ..50
        S Tag Key*:tagKeyType Value*:tagValueType
        s tagKeyType 1..128 /[\p{L}\p{Z}\p{N}_.:/=+\-@]+
        s tagValueType 0..256 /[\p{L}\p{Z}\p{N}_.:/=+\-@]*
        S CreatePolicyResponse Policy:Policy
        S Policy PolicyName:policyNameType PolicyId:idType Arn:arnType Path:policyPathType\#
         DefaultVersionId:policyVersionIdType AttachmentCount:attachmentCountType\#
         PermissionsBoundaryUsageCount:attachmentCountType IsAttachable:booleanType Description:policyDescriptionType\#
         CreateDate:dateType UpdateDate:dateType Tags:tagListType
        s policyVersionIdType /v[1-9][0-9]*(\.[A-Za-z0-9-]*)?
        i attachmentCountType
        b booleanType
        F MalformedPolicyDocumentException code=MalformedPolicyDocument status=400\#
         message:malformedPolicyDocumentMessage
        s malformedPolicyDocumentMessage
        S CreatePolicyVersionRequest PolicyArn*:arnType PolicyDocument*:policyDocumentType SetAsDefault:booleanType
        S CreatePolicyVersionResponse PolicyVersion:PolicyVersion
        S PolicyVersion Document:policyDocumentType VersionId:policyVersionIdType IsDefaultVersion:booleanType\#
         CreateDate:dateType
        S CreateRoleRequest Path:pathType RoleName*:roleNameType AssumeRolePolicyDocument*:policyDocumentType\#
         Description:roleDescriptionType MaxSessionDuration:roleMaxSessionDurationType PermissionsBoundary:arnType\#
         Tags:tagListType
        s roleDescriptionType ..1000 /[\u0009\u000A\u000D\u0020-\u007E\u00A1-\u00FF]*
        i roleMaxSessionDurationType 3600..43200
        S CreateRoleResponse Role*:Role
        S Role Path*:pathType RoleName*:roleNameType RoleId*:idType Arn*:arnType CreateDate*:dateType\#
         AssumeRolePolicyDocument:policyDocumentType Description:roleDescriptionType\#
         MaxSessionDuration:roleMaxSessionDurationType PermissionsBoundary:AttachedPermissionsBoundary\#
         Tags:tagListType RoleLastUsed:RoleLastUsed SourceRoleTemplate:SourceRoleTemplate
        S AttachedPermissionsBoundary PermissionsBoundaryType:PermissionsBoundaryAttachmentType\#
         PermissionsBoundaryArn:arnType
        e PermissionsBoundaryAttachmentType =PermissionsBoundaryPolicy
        S RoleLastUsed LastUsedDate:dateType Region:stringType
        s stringType
        S SourceRoleTemplate TemplateArn*:arnType TemplateMinorVersion*:integerType
        i integerType
        S CreateUserRequest Path:pathType UserName*:userNameType PermissionsBoundary:arnType Tags:tagListType
        S CreateUserResponse User:User
        S User Path*:pathType UserName*:userNameType UserId*:idType Arn*:arnType CreateDate*:dateType\#
         PasswordLastUsed:dateType PermissionsBoundary:AttachedPermissionsBoundary Tags:tagListType
        S CreateVirtualMFADeviceRequest Path:pathType VirtualMFADeviceName*:virtualMFADeviceName Tags:tagListType
        s virtualMFADeviceName 1.. /[\w+=,.@-]+
        S CreateVirtualMFADeviceResponse VirtualMFADevice*:VirtualMFADevice
        S VirtualMFADevice SerialNumber*:serialNumberType Base32StringSeed:BootstrapDatum QRCodePNG:BootstrapDatum\#
         User:User EnableDate:dateType Tags:tagListType
        s serialNumberType 9..256 /[\w+=/:,.@-]+
        x BootstrapDatum secret
        S DeactivateMFADeviceRequest UserName:existingUserNameType SerialNumber*:serialNumberType
        F EntityTemporarilyUnmodifiableException code=EntityTemporarilyUnmodifiable status=409\#
         message:entityTemporarilyUnmodifiableMessage
        s entityTemporarilyUnmodifiableMessage
        S DeleteAccessKeyRequest UserName:existingUserNameType AccessKeyId*:accessKeyIdType
        S DeleteAccountAliasRequest AccountAlias*:accountAliasType
        S DeleteGroupRequest GroupName*:groupNameType
        F DeleteConflictException code=DeleteConflict status=409 message:deleteConflictMessage
        s deleteConflictMessage
        S DeleteGroupPolicyRequest GroupName*:groupNameType PolicyName*:policyNameType
        S DeletePolicyRequest PolicyArn*:arnType
        S DeletePolicyVersionRequest PolicyArn*:arnType VersionId*:policyVersionIdType
        S DeleteRoleRequest RoleName*:roleNameType
        S DeleteRolePermissionsBoundaryRequest RoleName*:roleNameType
        S DeleteRolePolicyRequest RoleName*:roleNameType PolicyName*:policyNameType
        S DeleteUserRequest UserName*:existingUserNameType
        S DeleteUserPermissionsBoundaryRequest UserName*:userNameType
        S DeleteUserPolicyRequest UserName*:existingUserNameType PolicyName*:policyNameType
        S DeleteVirtualMFADeviceRequest SerialNumber*:serialNumberType
        S DetachGroupPolicyRequest GroupName*:groupNameType PolicyArn*:arnType
        S DetachRolePolicyRequest RoleName*:roleNameType PolicyArn*:arnType
        S DetachUserPolicyRequest UserName*:userNameType PolicyArn*:arnType
        S EnableMFADeviceRequest UserName*:existingUserNameType SerialNumber*:serialNumberType\#
         AuthenticationCode1*:authenticationCodeType AuthenticationCode2*:authenticationCodeType
        s authenticationCodeType 6..6 /[\d]+
        F InvalidAuthenticationCodeException code=InvalidAuthenticationCode status=403\#
         message:invalidAuthenticationCodeMessage
        s invalidAuthenticationCodeMessage
        S GetAccessKeyLastUsedRequest AccessKeyId*:accessKeyIdType
        S GetAccessKeyLastUsedResponse UserName:existingUserNameType AccessKeyLastUsed:AccessKeyLastUsed
        S AccessKeyLastUsed LastUsedDate:dateType ServiceName*:stringType Region*:stringType
        S GetAccountAuthorizationDetailsRequest Filter:entityListType MaxItems:maxItemsType Marker:markerType
        L entityListType EntityType
        e EntityType =User =Role =Group =LocalManagedPolicy =AWSManagedPolicy
        i maxItemsType 1..1000
        s markerType 1..320 /[\u0020-\u00FF]+
        S GetAccountAuthorizationDetailsResponse UserDetailList:userDetailListType GroupDetailList:groupDetailListType\#
         RoleDetailList:roleDetailListType Policies:ManagedPolicyDetailListType IsTruncated:booleanType\#
         Marker:responseMarkerType
        L userDetailListType UserDetail
        S UserDetail Path:pathType UserName:userNameType UserId:idType Arn:arnType CreateDate:dateType\#
         UserPolicyList:policyDetailListType GroupList:groupNameListType\#
         AttachedManagedPolicies:attachedPoliciesListType PermissionsBoundary:AttachedPermissionsBoundary\#
         Tags:tagListType
        L policyDetailListType PolicyDetail
        S PolicyDetail PolicyName:policyNameType PolicyDocument:policyDocumentType
        L groupNameListType groupNameType
        L attachedPoliciesListType AttachedPolicy
        S AttachedPolicy PolicyName:policyNameType PolicyArn:arnType
        L groupDetailListType GroupDetail
        S GroupDetail Path:pathType GroupName:groupNameType GroupId:idType Arn:arnType CreateDate:dateType\#
         GroupPolicyList:policyDetailListType AttachedManagedPolicies:attachedPoliciesListType
        L roleDetailListType RoleDetail
        S RoleDetail Path:pathType RoleName:roleNameType RoleId:idType Arn:arnType CreateDate:dateType\#
         AssumeRolePolicyDocument:policyDocumentType InstanceProfileList:instanceProfileListType\#
         RolePolicyList:policyDetailListType AttachedManagedPolicies:attachedPoliciesListType\#
         PermissionsBoundary:AttachedPermissionsBoundary Tags:tagListType RoleLastUsed:RoleLastUsed
        L instanceProfileListType InstanceProfile
        S InstanceProfile Path*:pathType InstanceProfileName*:instanceProfileNameType InstanceProfileId*:idType\#
         Arn*:arnType CreateDate*:dateType Roles*:roleListType Tags:tagListType
        s instanceProfileNameType 1..128 /[\w+=,.@-]+
        L roleListType Role
        L ManagedPolicyDetailListType ManagedPolicyDetail
        S ManagedPolicyDetail PolicyName:policyNameType PolicyId:idType Arn:arnType Path:policyPathType\#
         DefaultVersionId:policyVersionIdType AttachmentCount:attachmentCountType\#
         PermissionsBoundaryUsageCount:attachmentCountType IsAttachable:booleanType Description:policyDescriptionType\#
         CreateDate:dateType UpdateDate:dateType PolicyVersionList:policyDocumentVersionListType
        L policyDocumentVersionListType PolicyVersion
        s responseMarkerType
        S GetAccountSummaryResponse SummaryMap:summaryMapType
        M summaryMapType summaryKeyType summaryValueType
        e summaryKeyType =Users =UsersQuota =Groups =GroupsQuota =ServerCertificates =ServerCertificatesQuota\#
         =UserPolicySizeQuota =GroupPolicySizeQuota =GroupsPerUserQuota =SigningCertificatesPerUserQuota\#
         =AccessKeysPerUserQuota =MFADevices =MFADevicesInUse =AccountMFAEnabled =AccountAccessKeysPresent\#
         =AccountPasswordPresent =AccountSigningCertificatesPresent =AttachedPoliciesPerGroupQuota\#
         =AttachedPoliciesPerRoleQuota =AttachedPoliciesPerUserQuota =Policies =PoliciesQuota =PolicySizeQuota\#
         =PolicyVersionsInUse =PolicyVersionsInUseQuota =VersionsPerPolicyQuota =GlobalEndpointTokenVersion\#
         =AssumeRolePolicySizeQuota =InstanceProfiles =InstanceProfilesQuota =Providers =RolePolicySizeQuota =Roles\#
         =RolesQuota
        i summaryValueType
        S GetGroupRequest GroupName*:groupNameType Marker:markerType MaxItems:maxItemsType
        S GetGroupResponse Group*:Group Users*:userListType IsTruncated:booleanType Marker:responseMarkerType
        L userListType User
        S GetGroupPolicyRequest GroupName*:groupNameType PolicyName*:policyNameType
        S GetGroupPolicyResponse GroupName*:groupNameType PolicyName*:policyNameType\#
         PolicyDocument*:policyDocumentType
        S GetPolicyRequest PolicyArn*:arnType
        S GetPolicyResponse Policy:Policy
        S GetPolicyVersionRequest PolicyArn*:arnType VersionId*:policyVersionIdType
        S GetPolicyVersionResponse PolicyVersion:PolicyVersion
        S GetRoleRequest RoleName*:roleNameType
        S GetRoleResponse Role*:Role
        S GetRolePolicyRequest RoleName*:roleNameType PolicyName*:policyNameType
        S GetRolePolicyResponse RoleName*:roleNameType PolicyName*:policyNameType PolicyDocument*:policyDocumentType
        S GetUserRequest UserName:existingUserNameType
        S GetUserResponse User*:User
        S GetUserPolicyRequest UserName*:existingUserNameType PolicyName*:policyNameType
        S GetUserPolicyResponse UserName*:existingUserNameType PolicyName*:policyNameType\#
         PolicyDocument*:policyDocumentType
        S ListAccessKeysRequest UserName:existingUserNameType Marker:markerType MaxItems:maxItemsType
        S ListAccessKeysResponse AccessKeyMetadata*:accessKeyMetadataListType IsTruncated:booleanType\#
         Marker:responseMarkerType
        L accessKeyMetadataListType AccessKeyMetadata
        S AccessKeyMetadata UserName:userNameType AccessKeyId:accessKeyIdType Status:statusType CreateDate:dateType
        S ListAccountAliasesRequest Marker:markerType MaxItems:maxItemsType
        S ListAccountAliasesResponse AccountAliases*:accountAliasListType IsTruncated:booleanType\#
         Marker:responseMarkerType
        L accountAliasListType accountAliasType
        S ListAttachedGroupPoliciesRequest GroupName*:groupNameType PathPrefix:policyPathType Marker:markerType\#
         MaxItems:maxItemsType
        S ListAttachedGroupPoliciesResponse AttachedPolicies:attachedPoliciesListType IsTruncated:booleanType\#
         Marker:responseMarkerType
        S ListAttachedRolePoliciesRequest RoleName*:roleNameType PathPrefix:policyPathType Marker:markerType\#
         MaxItems:maxItemsType
        S ListAttachedRolePoliciesResponse AttachedPolicies:attachedPoliciesListType IsTruncated:booleanType\#
         Marker:responseMarkerType
        S ListAttachedUserPoliciesRequest UserName*:userNameType PathPrefix:policyPathType Marker:markerType\#
         MaxItems:maxItemsType
        S ListAttachedUserPoliciesResponse AttachedPolicies:attachedPoliciesListType IsTruncated:booleanType\#
         Marker:responseMarkerType
        S ListEntitiesForPolicyRequest PolicyArn*:arnType EntityFilter:EntityType PathPrefix:pathType\#
         PolicyUsageFilter:PolicyUsageType Marker:markerType MaxItems:maxItemsType
        e PolicyUsageType =PermissionsPolicy =PermissionsBoundary
        S ListEntitiesForPolicyResponse PolicyGroups:PolicyGroupListType PolicyUsers:PolicyUserListType\#
         PolicyRoles:PolicyRoleListType IsTruncated:booleanType Marker:responseMarkerType
        L PolicyGroupListType PolicyGroup
        S PolicyGroup GroupName:groupNameType GroupId:idType
        L PolicyUserListType PolicyUser
        S PolicyUser UserName:userNameType UserId:idType
        L PolicyRoleListType PolicyRole
        S PolicyRole RoleName:roleNameType RoleId:idType
        S ListGroupPoliciesRequest GroupName*:groupNameType Marker:markerType MaxItems:maxItemsType
        S ListGroupPoliciesResponse PolicyNames*:policyNameListType IsTruncated:booleanType Marker:responseMarkerType
        L policyNameListType policyNameType
        S ListGroupsRequest PathPrefix:pathPrefixType Marker:markerType MaxItems:maxItemsType
        s pathPrefixType 1..512 /\u002F[\u0021-\u007F]*
        S ListGroupsResponse Groups*:groupListType IsTruncated:booleanType Marker:responseMarkerType
        L groupListType Group
        S ListGroupsForUserRequest UserName*:existingUserNameType Marker:markerType MaxItems:maxItemsType
        S ListGroupsForUserResponse Groups*:groupListType IsTruncated:booleanType Marker:responseMarkerType
        S ListMFADevicesRequest UserName:existingUserNameType Marker:markerType MaxItems:maxItemsType
        S ListMFADevicesResponse MFADevices*:mfaDeviceListType IsTruncated:booleanType Marker:responseMarkerType
        L mfaDeviceListType MFADevice
        S MFADevice UserName*:userNameType SerialNumber*:serialNumberType EnableDate*:dateType
        S ListPoliciesRequest Scope:policyScopeType OnlyAttached:booleanType PathPrefix:policyPathType\#
         PolicyUsageFilter:PolicyUsageType Marker:markerType MaxItems:maxItemsType
        e policyScopeType =All =AWS =Local
        S ListPoliciesResponse Policies:policyListType IsTruncated:booleanType Marker:responseMarkerType
        L policyListType Policy
        S ListPolicyVersionsRequest PolicyArn*:arnType Marker:markerType MaxItems:maxItemsType
        S ListPolicyVersionsResponse Versions:policyDocumentVersionListType IsTruncated:booleanType\#
         Marker:responseMarkerType
        S ListRolePoliciesRequest RoleName*:roleNameType Marker:markerType MaxItems:maxItemsType
        S ListRolePoliciesResponse PolicyNames*:policyNameListType IsTruncated:booleanType Marker:responseMarkerType
        S ListRoleTagsRequest RoleName*:roleNameType Marker:markerType MaxItems:maxItemsType
        S ListRoleTagsResponse Tags*:tagListType IsTruncated:booleanType Marker:responseMarkerType
        S ListRolesRequest PathPrefix:pathPrefixType Marker:markerType MaxItems:maxItemsType
        S ListRolesResponse Roles*:roleListType IsTruncated:booleanType Marker:responseMarkerType
        S ListUserPoliciesRequest UserName*:existingUserNameType Marker:markerType MaxItems:maxItemsType
        S ListUserPoliciesResponse PolicyNames*:policyNameListType IsTruncated:booleanType Marker:responseMarkerType
        S ListUserTagsRequest UserName*:existingUserNameType Marker:markerType MaxItems:maxItemsType
        S ListUserTagsResponse Tags*:tagListType IsTruncated:booleanType Marker:responseMarkerType
        S ListUsersRequest PathPrefix:pathPrefixType Marker:markerType MaxItems:maxItemsType
        S ListUsersResponse Users*:userListType IsTruncated:booleanType Marker:responseMarkerType
        S ListVirtualMFADevicesRequest AssignmentStatus:assignmentStatusType Marker:markerType MaxItems:maxItemsType
        e assignmentStatusType =Assigned =Unassigned =Any
        S ListVirtualMFADevicesResponse VirtualMFADevices*:virtualMFADeviceListType IsTruncated:booleanType\#
         Marker:responseMarkerType
        L virtualMFADeviceListType VirtualMFADevice
        S PutGroupPolicyRequest GroupName*:groupNameType PolicyName*:policyNameType PolicyDocument*:policyDocumentType
        S PutRolePermissionsBoundaryRequest RoleName*:roleNameType PermissionsBoundary*:arnType
        S PutRolePolicyRequest RoleName*:roleNameType PolicyName*:policyNameType PolicyDocument*:policyDocumentType
        S PutUserPermissionsBoundaryRequest UserName*:userNameType PermissionsBoundary*:arnType
        S PutUserPolicyRequest UserName*:existingUserNameType PolicyName*:policyNameType\#
         PolicyDocument*:policyDocumentType
        S RemoveUserFromGroupRequest GroupName*:groupNameType UserName*:existingUserNameType
        S ResyncMFADeviceRequest UserName*:existingUserNameType SerialNumber*:serialNumberType\#
         AuthenticationCode1*:authenticationCodeType AuthenticationCode2*:authenticationCodeType
        S SetDefaultPolicyVersionRequest PolicyArn*:arnType VersionId*:policyVersionIdType
        S SimulateCustomPolicyRequest PolicyInputList*:SimulationPolicyListType\#
         PermissionsBoundaryPolicyInputList:SimulationPolicyListType\#
         OrderedOrganizationPolicyInputList:OrganizationPolicyListType ActionNames*:ActionNameListType\#
         ResourceArns:ResourceNameListType ResourcePolicy:policyDocumentType ResourceOwner:ResourceNameType\#
         CallerArn:ResourceNameType ContextEntries:ContextEntryListType\#
         ResourceHandlingOption:ResourceHandlingOptionType MaxItems:maxItemsType Marker:markerType
        L SimulationPolicyListType policyDocumentType
        L OrganizationPolicyListType OrderedOrganizationPolicyType ..7
        S OrderedOrganizationPolicyType ServiceControlPolicyInputList:SimulationPolicyListType
        L ActionNameListType ActionNameType
        s ActionNameType 3..128
        L ResourceNameListType ResourceNameType
        s ResourceNameType 1..2048
        L ContextEntryListType ContextEntry
        S ContextEntry ContextKeyName:ContextKeyNameType ContextKeyValues:ContextKeyValueListType\#
         ContextKeyType:ContextKeyTypeEnum
        s ContextKeyNameType 5..256
        L ContextKeyValueListType ContextKeyValueType
        s ContextKeyValueType
        e ContextKeyTypeEnum =string =stringList =numeric =numericList =boolean =booleanList =ip =ipList =binary\#
         =binaryList =date =dateList
        s ResourceHandlingOptionType 1..64
        S SimulatePolicyResponse EvaluationResults:EvaluationResultsListType IsTruncated:booleanType\#
         Marker:responseMarkerType
        L EvaluationResultsListType EvaluationResult
        S EvaluationResult EvalActionName*:ActionNameType EvalResourceName:ResourceNameType\#
         EvalDecision*:PolicyEvaluationDecisionType MatchedStatements:StatementListType\#
         MissingContextValues:ContextKeyNamesResultListType OrganizationsDecisionDetail:OrganizationsDecisionDetail\#
         PermissionsBoundaryDecisionDetail:PermissionsBoundaryDecisionDetail\#
         EvalDecisionDetails:EvalDecisionDetailsType ResourceSpecificResults:ResourceSpecificResultListType
        e PolicyEvaluationDecisionType =allowed =explicitDeny =implicitDeny
        L StatementListType Statement
        S Statement SourcePolicyId:PolicyIdentifierType SourcePolicyType:PolicySourceType StartPosition:Position\#
         EndPosition:Position
        s PolicyIdentifierType
        e PolicySourceType =user =group =role =aws-managed =user-managed =resource =none
        S Position Line:LineNumber Column:ColumnNumber
        i LineNumber
        i ColumnNumber
        L ContextKeyNamesResultListType ContextKeyNameType
        S OrganizationsDecisionDetail AllowedByOrganizations:booleanType
        S PermissionsBoundaryDecisionDetail AllowedByPermissionsBoundary:booleanType
        M EvalDecisionDetailsType EvalDecisionSourceType PolicyEvaluationDecisionType
        s EvalDecisionSourceType 3..256
        L ResourceSpecificResultListType ResourceSpecificResult
        S ResourceSpecificResult EvalResourceName*:ResourceNameType EvalResourceDecision*:PolicyEvaluationDecisionType\#
         MatchedStatements:StatementListType MissingContextValues:ContextKeyNamesResultListType\#
         EvalDecisionDetails:EvalDecisionDetailsType\#
         PermissionsBoundaryDecisionDetail:PermissionsBoundaryDecisionDetail
        F PolicyEvaluationException code=PolicyEvaluation status=500 message:policyEvaluationErrorMessage
        s policyEvaluationErrorMessage
        S SimulatePrincipalPolicyRequest PolicySourceArn*:arnType PolicyInputList:SimulationPolicyListType\#
         PermissionsBoundaryPolicyInputList:SimulationPolicyListType PolicyExclusionList:PolicyExclusionsListType\#
         ActionNames*:ActionNameListType ResourceArns:ResourceNameListType ResourcePolicy:policyDocumentType\#
         ResourceOwner:ResourceNameType CallerArn:ResourceNameType ContextEntries:ContextEntryListType\#
         ResourceHandlingOption:ResourceHandlingOptionType MaxItems:maxItemsType Marker:markerType
        L PolicyExclusionsListType PolicyIdentifier ..256
        S PolicyIdentifier PolicyType:PolicyIdentifierPolicyType PolicyArn:arnType\#
         InlinePolicyIdentifier:InlinePolicyIdentifierType
        e PolicyIdentifierPolicyType =inline =aws-managed =user-managed =permission-boundary =scp =rcp
        S InlinePolicyIdentifierType PolicyName*:policyNameType AttachmentType*:AttachmentType\#
         AttachmentName*:AttachmentName
        e AttachmentType =user =group =role
        s AttachmentName 1..128 /[\w+=,.@-]+
        S TagRoleRequest RoleName*:roleNameType Tags*:tagListType
        S TagUserRequest UserName*:existingUserNameType Tags*:tagListType
        S UntagRoleRequest RoleName*:roleNameType TagKeys*:tagKeyListType
        L tagKeyListType tagKeyType ..50
        S UntagUserRequest UserName*:existingUserNameType TagKeys*:tagKeyListType
        S UpdateAccessKeyRequest UserName:existingUserNameType AccessKeyId*:accessKeyIdType Status*:statusType
        S UpdateAssumeRolePolicyRequest RoleName*:roleNameType PolicyDocument*:policyDocumentType
        S UpdateGroupRequest GroupName*:groupNameType NewPath:pathType NewGroupName:groupNameType
        S UpdateRoleRequest RoleName*:roleNameType Description:roleDescriptionType\#
         MaxSessionDuration:roleMaxSessionDurationType
        S UpdateRoleResponse
        S UpdateUserRequest UserName*:existingUserNameType NewPath:pathType NewUserName:userNameType
        """#
}
