// Made by Tools/service-tables from the published model; Docs/Design/0010-operation-tables.md has the form.

extension BuiltInTables {
    static let sts = #"""
        V name=sts signing=sts id=STS version=2011-06-15 protocols=query\#
         xmlns=https://sts.amazonaws.com/doc/2011-06-15/
        O AssumeRole in=AssumeRoleRequest out=AssumeRoleResponse err=MalformedPolicyDocumentException,PackedPolicyTooL\#
        argeException,RegionDisabledException,ExpiredTokenException
        O AssumeRoleWithSAML in=AssumeRoleWithSAMLRequest out=AssumeRoleWithSAMLResponse err=MalformedPolicyDocumentEx\#
        ception,PackedPolicyTooLargeException,IDPRejectedClaimException,InvalidIdentityTokenException,ExpiredTokenExce\#
        ption,RegionDisabledException
        O AssumeRoleWithWebIdentity in=AssumeRoleWithWebIdentityRequest out=AssumeRoleWithWebIdentityResponse err=Malf\#
        ormedPolicyDocumentException,PackedPolicyTooLargeException,IDPRejectedClaimException,IDPCommunicationErrorExce\#
        ption,InvalidIdentityTokenException,ExpiredTokenException,RegionDisabledException
        O AssumeRoot in=AssumeRootRequest out=AssumeRootResponse err=RegionDisabledException,ExpiredTokenException
        O DecodeAuthorizationMessage in=DecodeAuthorizationMessageRequest out=DecodeAuthorizationMessageResponse\#
         err=InvalidAuthorizationMessageException
        O GetAccessKeyInfo in=GetAccessKeyInfoRequest out=GetAccessKeyInfoResponse
        O GetCallerIdentity in=GetCallerIdentityRequest out=GetCallerIdentityResponse
        O GetDelegatedAccessToken in=GetDelegatedAccessTokenRequest out=GetDelegatedAccessTokenResponse\#
         err=ExpiredTradeInTokenException,RegionDisabledException,PackedPolicyTooLargeException
        O GetFederationToken in=GetFederationTokenRequest out=GetFederationTokenResponse\#
         err=MalformedPolicyDocumentException,PackedPolicyTooLargeException,RegionDisabledException
        O GetSessionToken in=GetSessionTokenRequest out=GetSessionTokenResponse err=RegionDisabledException
        O GetWebIdentityToken in=GetWebIdentityTokenRequest out=GetWebIdentityTokenResponse err=SessionDurationEscalat\#
        ionException,OutboundWebIdentityFederationDisabledException,JWTPayloadSizeExceededException
        S AssumeRoleRequest RoleArn*:arnType RoleSessionName*:roleSessionNameType PolicyArns:policyDescriptorListType\#
         Policy:unrestrictedSessionPolicyDocumentType DurationSeconds:roleDurationSecondsType Tags:tagListType\#
         TransitiveTagKeys:tagKeyListType ExternalId:externalIdType SerialNumber:serialNumberType\#
         TokenCode:tokenCodeType SourceIdentity:sourceIdentityType ProvidedContexts:ProvidedContextsListType\#
         MinimumSessionTokenSize:minimumSessionTokenSizeType
        s arnType 20..2048 /[\u0009\u000A\u000D\u0020-\u007E\u0085\u00A0-\uD7FF\uE000-\uFFFD\u10000-\u10FFFF]+
        s roleSessionNameType 2..64 /[\w+=,.@-]*
        L policyDescriptorListType PolicyDescriptorType
        S PolicyDescriptorType arn:arnType
        s unrestrictedSessionPolicyDocumentType 1.. /[\u0009\u000A\u000D\u0020-\u00FF]+
        i roleDurationSecondsType 900..43200
        L tagListType Tag ..50
        S Tag Key*:tagKeyType Value*:tagValueType
        s tagKeyType 1..128 /[\p{L}\p{Z}\p{N}_.:/=+\-@]+
        s tagValueType 0..256 /[\p{L}\p{Z}\p{N}_.:/=+\-@]*
        L tagKeyListType tagKeyType ..50
        s externalIdType 2..1224 /[\w+=,.@:\/-]*
        s serialNumberType 9..256 /[\w+=/:,.@-]*
        s tokenCodeType 6..6 /[\d]*
        s sourceIdentityType 2..64 /[\w+=,.@-]*
        L ProvidedContextsListType ProvidedContext 1..5
        S ProvidedContext ProviderArn:arnType ContextAssertion:contextAssertionType
        s contextAssertionType 4..2048
        i minimumSessionTokenSizeType 0..4096
        S AssumeRoleResponse Credentials:Credentials AssumedRoleUser:AssumedRoleUser\#
         PackedPolicySize:nonNegativeIntegerType SourceIdentity:sourceIdentityType\#
         SessionTokenUtilization:sessionTokenUtilizationType SessionTokenSize:sessionTokenSizeType
        S Credentials AccessKeyId*:accessKeyIdType SecretAccessKey*:accessKeySecretType SessionToken*:tokenType\#
         Expiration*:dateType
        s accessKeyIdType 16..128 /[\w]*
        s accessKeySecretType secret
        s tokenType
        t dateType
        S AssumedRoleUser AssumedRoleId*:assumedRoleIdType Arn*:arnType
        s assumedRoleIdType 2..193 /[\w+=,.@:-]*
        i nonNegativeIntegerType 0..
        i sessionTokenUtilizationType 0..
        i sessionTokenSizeType 0..
        F MalformedPolicyDocumentException code=MalformedPolicyDocument status=400\#
         message:malformedPolicyDocumentMessage
        s malformedPolicyDocumentMessage
        F PackedPolicyTooLargeException code=PackedPolicyTooLarge status=400 message:packedPolicyTooLargeMessage
        s packedPolicyTooLargeMessage
        F RegionDisabledException code=RegionDisabledException status=403 message:regionDisabledMessage
        s regionDisabledMessage
        F ExpiredTokenException code=ExpiredTokenException status=400 message:expiredIdentityTokenMessage
        s expiredIdentityTokenMessage
        S AssumeRoleWithSAMLRequest RoleArn*:arnType PrincipalArn*:arnType SAMLAssertion*:SAMLAssertionType\#
         PolicyArns:policyDescriptorListType Policy:sessionPolicyDocumentType DurationSeconds:roleDurationSecondsType\#
         MinimumSessionTokenSize:minimumSessionTokenSizeType
        s SAMLAssertionType 4..100000 secret
        s sessionPolicyDocumentType 1..2048 /[\u0009\u000A\u000D\u0020-\u00FF]+
        S AssumeRoleWithSAMLResponse Credentials:Credentials AssumedRoleUser:AssumedRoleUser\#
         PackedPolicySize:nonNegativeIntegerType Subject:Subject SubjectType:SubjectType Issuer:Issuer\#
         Audience:Audience NameQualifier:NameQualifier SourceIdentity:sourceIdentityType\#
         SessionTokenUtilization:sessionTokenUtilizationType SessionTokenSize:sessionTokenSizeType
        s Subject
        s SubjectType
        s Issuer
        s Audience
        s NameQualifier
        F IDPRejectedClaimException code=IDPRejectedClaim status=403 message:idpRejectedClaimMessage
        s idpRejectedClaimMessage
        F InvalidIdentityTokenException code=InvalidIdentityToken status=400 message:invalidIdentityTokenMessage
        s invalidIdentityTokenMessage
        S AssumeRoleWithWebIdentityRequest RoleArn*:arnType RoleSessionName*:roleSessionNameType\#
         WebIdentityToken*:clientTokenType ProviderId:urlType PolicyArns:policyDescriptorListType\#
         Policy:sessionPolicyDocumentType DurationSeconds:roleDurationSecondsType\#
         MinimumSessionTokenSize:minimumSessionTokenSizeType
        s clientTokenType 4..20000 secret
        s urlType 4..2048
        S AssumeRoleWithWebIdentityResponse Credentials:Credentials SubjectFromWebIdentityToken:webIdentitySubjectType\#
         AssumedRoleUser:AssumedRoleUser PackedPolicySize:nonNegativeIntegerType Provider:Issuer Audience:Audience\#
         SourceIdentity:sourceIdentityType SessionTokenUtilization:sessionTokenUtilizationType\#
         SessionTokenSize:sessionTokenSizeType
        s webIdentitySubjectType 6..255
        F IDPCommunicationErrorException code=IDPCommunicationError status=400 message:idpCommunicationErrorMessage
        s idpCommunicationErrorMessage
        S AssumeRootRequest TargetPrincipal*:TargetPrincipalType TaskPolicyArn*:PolicyDescriptorType\#
         DurationSeconds:RootDurationSecondsType MinimumSessionTokenSize:minimumSessionTokenSizeType
        s TargetPrincipalType 12..2048
        i RootDurationSecondsType 0..900
        S AssumeRootResponse Credentials:Credentials SourceIdentity:sourceIdentityType\#
         SessionTokenUtilization:sessionTokenUtilizationType SessionTokenSize:sessionTokenSizeType
        S DecodeAuthorizationMessageRequest EncodedMessage*:encodedMessageType
        s encodedMessageType 1..10240
        S DecodeAuthorizationMessageResponse DecodedMessage:decodedMessageType
        s decodedMessageType
        F InvalidAuthorizationMessageException code=InvalidAuthorizationMessageException status=400\#
         message:invalidAuthorizationMessage
        s invalidAuthorizationMessage
        S GetAccessKeyInfoRequest AccessKeyId*:accessKeyIdType
        S GetAccessKeyInfoResponse Account:accountType
        s accountType
        S GetCallerIdentityRequest
        S GetCallerIdentityResponse UserId:userIdType Account:accountType Arn:arnType
        s userIdType
        S GetDelegatedAccessTokenRequest TradeInToken*:tradeInTokenType
        s tradeInTokenType secret
        S GetDelegatedAccessTokenResponse Credentials:Credentials PackedPolicySize:nonNegativeIntegerType\#
         AssumedPrincipal:arnType
        F ExpiredTradeInTokenException code=ExpiredTradeInTokenException status=400\#
         message:expiredTradeInTokenExceptionMessage
        s expiredTradeInTokenExceptionMessage
        S GetFederationTokenRequest Name*:userNameType Policy:sessionPolicyDocumentType\#
         PolicyArns:policyDescriptorListType DurationSeconds:durationSecondsType Tags:tagListType\#
         MinimumSessionTokenSize:minimumSessionTokenSizeType
        s userNameType 2..32 /[\w+=,.@-]*
        i durationSecondsType 900..129600
        S GetFederationTokenResponse Credentials:Credentials FederatedUser:FederatedUser\#
         PackedPolicySize:nonNegativeIntegerType SessionTokenUtilization:sessionTokenUtilizationType\#
         SessionTokenSize:sessionTokenSizeType
        S FederatedUser FederatedUserId*:federatedIdType Arn*:arnType
        s federatedIdType 2..193 /[\w+=,.@\:-]*
        S GetSessionTokenRequest DurationSeconds:durationSecondsType SerialNumber:serialNumberType\#
         TokenCode:tokenCodeType MinimumSessionTokenSize:minimumSessionTokenSizeType
        S GetSessionTokenResponse Credentials:Credentials SessionTokenUtilization:sessionTokenUtilizationType\#
         SessionTokenSize:sessionTokenSizeType
        S GetWebIdentityTokenRequest Audience*:webIdentityTokenAudienceListType\#
         DurationSeconds:webIdentityTokenDurationSecondsType SigningAlgorithm*:jwtAlgorithmType Tags:tagListType
        L webIdentityTokenAudienceListType webIdentityTokenAudienceStringType 1..10
        s webIdentityTokenAudienceStringType 1..1000
        i webIdentityTokenDurationSecondsType 60..3600
        s jwtAlgorithmType 5..5
        S GetWebIdentityTokenResponse WebIdentityToken:webIdentityTokenType Expiration:dateType
        s webIdentityTokenType secret
        F SessionDurationEscalationException code=SessionDurationEscalationException status=403\#
         message:sessionDurationEscalationException
        s sessionDurationEscalationException
        F OutboundWebIdentityFederationDisabledException code=OutboundWebIdentityFederationDisabledException\#
         status=403 message:outboundWebIdentityFederationDisabledException
        s outboundWebIdentityFederationDisabledException
        F JWTPayloadSizeExceededException code=JWTPayloadSizeExceededException status=400\#
         message:jwtPayloadSizeExceededException
        s jwtPayloadSizeExceededException
        """#
}
