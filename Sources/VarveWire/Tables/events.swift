// Made by Tools/service-tables from the published model; Docs/Design/0010-operation-tables.md has the form.

extension BuiltInTables {
    static let events = #"""
        V name=events signing=events id=EventBridge version=2015-10-07 protocols=json target=AWSEvents json=1.1
        O ActivateEventSource in=ActivateEventSourceRequest err=ResourceNotFoundException,ConcurrentModificationExcept\#
        ion,InvalidStateException,InternalException,OperationDisabledException
        O CancelReplay in=CancelReplayRequest out=CancelReplayResponse\#
         err=ResourceNotFoundException,ConcurrentModificationException,IllegalStatusException,InternalException
        O CreateApiDestination in=CreateApiDestinationRequest out=CreateApiDestinationResponse\#
         err=ResourceAlreadyExistsException,ResourceNotFoundException,LimitExceededException,InternalException
        O CreateArchive in=CreateArchiveRequest out=CreateArchiveResponse err=ConcurrentModificationException,Resource\#
        AlreadyExistsException,ResourceNotFoundException,InternalException,LimitExceededException,InvalidEventPatternE\#
        xception
        O CreateConnection in=CreateConnectionRequest out=CreateConnectionResponse err=ResourceAlreadyExistsException,\#
        LimitExceededException,ResourceNotFoundException,InternalException,AccessDeniedException,ThrottlingException
        O CreateEndpoint in=CreateEndpointRequest out=CreateEndpointResponse\#
         err=ResourceAlreadyExistsException,LimitExceededException,InternalException
        O CreateEventBus in=CreateEventBusRequest out=CreateEventBusResponse err=ResourceAlreadyExistsException,Resour\#
        ceNotFoundException,InvalidStateException,InternalException,ConcurrentModificationException,LimitExceededExcep\#
        tion,OperationDisabledException
        O CreatePartnerEventSource in=CreatePartnerEventSourceRequest out=CreatePartnerEventSourceResponse err=Resourc\#
        eAlreadyExistsException,InternalException,ConcurrentModificationException,LimitExceededException,OperationDisa\#
        bledException
        O DeactivateEventSource in=DeactivateEventSourceRequest err=ResourceNotFoundException,ConcurrentModificationEx\#
        ception,InvalidStateException,InternalException,OperationDisabledException
        O DeauthorizeConnection in=DeauthorizeConnectionRequest out=DeauthorizeConnectionResponse\#
         err=ConcurrentModificationException,ResourceNotFoundException,InternalException
        O DeleteApiDestination in=DeleteApiDestinationRequest out=DeleteApiDestinationResponse\#
         err=ConcurrentModificationException,ResourceNotFoundException,InternalException
        O DeleteArchive in=DeleteArchiveRequest out=DeleteArchiveResponse\#
         err=ConcurrentModificationException,ResourceNotFoundException,InternalException
        O DeleteConnection in=DeleteConnectionRequest out=DeleteConnectionResponse\#
         err=ConcurrentModificationException,ResourceNotFoundException,InternalException
        O DeleteEndpoint in=DeleteEndpointRequest out=DeleteEndpointResponse\#
         err=ConcurrentModificationException,ResourceNotFoundException,InternalException
        O DeleteEventBus in=DeleteEventBusRequest err=InternalException,ConcurrentModificationException
        O DeletePartnerEventSource in=DeletePartnerEventSourceRequest\#
         err=InternalException,ConcurrentModificationException,OperationDisabledException
        O DeleteRule in=DeleteRuleRequest\#
         err=ConcurrentModificationException,ManagedRuleException,InternalException,ResourceNotFoundException
        O DescribeApiDestination in=DescribeApiDestinationRequest out=DescribeApiDestinationResponse\#
         err=ResourceNotFoundException,InternalException
        O DescribeArchive in=DescribeArchiveRequest out=DescribeArchiveResponse\#
         err=ResourceAlreadyExistsException,ResourceNotFoundException,InternalException
        O DescribeConnection in=DescribeConnectionRequest out=DescribeConnectionResponse\#
         err=ResourceNotFoundException,InternalException
        O DescribeEndpoint in=DescribeEndpointRequest out=DescribeEndpointResponse\#
         err=ResourceNotFoundException,InternalException
        O DescribeEventBus in=DescribeEventBusRequest out=DescribeEventBusResponse\#
         err=ResourceNotFoundException,InternalException
        O DescribeEventSource in=DescribeEventSourceRequest out=DescribeEventSourceResponse\#
         err=ResourceNotFoundException,InternalException,OperationDisabledException
        O DescribePartnerEventSource in=DescribePartnerEventSourceRequest out=DescribePartnerEventSourceResponse\#
         err=ResourceNotFoundException,InternalException,OperationDisabledException
        O DescribeReplay in=DescribeReplayRequest out=DescribeReplayResponse\#
         err=ResourceNotFoundException,InternalException
        O DescribeRule in=DescribeRuleRequest out=DescribeRuleResponse err=ResourceNotFoundException,InternalException
        O DisableRule in=DisableRuleRequest\#
         err=ResourceNotFoundException,ConcurrentModificationException,ManagedRuleException,InternalException
        O EnableRule in=EnableRuleRequest\#
         err=ResourceNotFoundException,ConcurrentModificationException,ManagedRuleException,InternalException
        O ListApiDestinations in=ListApiDestinationsRequest out=ListApiDestinationsResponse err=InternalException
        O ListArchives in=ListArchivesRequest out=ListArchivesResponse err=ResourceNotFoundException,InternalException
        O ListConnections in=ListConnectionsRequest out=ListConnectionsResponse err=InternalException
        O ListEndpoints in=ListEndpointsRequest out=ListEndpointsResponse err=InternalException
        O ListEventBuses in=ListEventBusesRequest out=ListEventBusesResponse err=InternalException
        O ListEventSources in=ListEventSourcesRequest out=ListEventSourcesResponse\#
         err=InternalException,OperationDisabledException
        O ListPartnerEventSourceAccounts in=ListPartnerEventSourceAccountsRequest\#
         out=ListPartnerEventSourceAccountsResponse\#
         err=ResourceNotFoundException,InternalException,OperationDisabledException
        O ListPartnerEventSources in=ListPartnerEventSourcesRequest out=ListPartnerEventSourcesResponse\#
         err=InternalException,OperationDisabledException
        O ListReplays in=ListReplaysRequest out=ListReplaysResponse err=InternalException
        O ListRuleNamesByTarget in=ListRuleNamesByTargetRequest out=ListRuleNamesByTargetResponse\#
         page=NextToken,NextToken,Limit,RuleNames err=InternalException,ResourceNotFoundException
        O ListRules in=ListRulesRequest out=ListRulesResponse page=NextToken,NextToken,Limit,Rules\#
         err=InternalException,ResourceNotFoundException
        O ListTagsForResource in=ListTagsForResourceRequest out=ListTagsForResourceResponse\#
         err=ResourceNotFoundException,InternalException
        O ListTargetsByRule in=ListTargetsByRuleRequest out=ListTargetsByRuleResponse\#
         page=NextToken,NextToken,Limit,Targets err=ResourceNotFoundException,InternalException
        O PutEvents in=PutEventsRequest out=PutEventsResponse err=InternalException
        O PutPartnerEvents in=PutPartnerEventsRequest out=PutPartnerEventsResponse\#
         err=InternalException,OperationDisabledException
        O PutPermission in=PutPermissionRequest err=ResourceNotFoundException,PolicyLengthExceededException,InternalEx\#
        ception,ConcurrentModificationException,OperationDisabledException
        O PutRule in=PutRuleRequest out=PutRuleResponse err=InvalidEventPatternException,LimitExceededException,Concur\#
        rentModificationException,ManagedRuleException,InternalException,ResourceNotFoundException
        O PutTargets in=PutTargetsRequest out=PutTargetsResponse err=ResourceNotFoundException,ConcurrentModificationE\#
        xception,LimitExceededException,ManagedRuleException,InternalException
        O RemovePermission in=RemovePermissionRequest\#
         err=ResourceNotFoundException,InternalException,ConcurrentModificationException,OperationDisabledException
        O RemoveTargets in=RemoveTargetsRequest out=RemoveTargetsResponse\#
         err=ResourceNotFoundException,ConcurrentModificationException,ManagedRuleException,InternalException
        O StartReplay in=StartReplayRequest out=StartReplayResponse err=ResourceNotFoundException,ResourceAlreadyExist\#
        sException,InvalidEventPatternException,LimitExceededException,InternalException
        O TagResource in=TagResourceRequest out=TagResourceResponse\#
         err=ResourceNotFoundException,ConcurrentModificationException,InternalException,ManagedRuleException
        O TestEventPattern in=TestEventPatternRequest out=TestEventPatternResponse\#
         err=InvalidEventPatternException,InternalException
        O UntagResource in=UntagResourceRequest out=UntagResourceResponse\#
         err=ResourceNotFoundException,InternalException,ConcurrentModificationException,ManagedRuleException
        O UpdateApiDestination in=UpdateApiDestinationRequest out=UpdateApiDestinationResponse\#
         err=ConcurrentModificationException,ResourceNotFoundException,InternalException,LimitExceededException
        O UpdateArchive in=UpdateArchiveRequest out=UpdateArchiveResponse err=ConcurrentModificationException,Resource\#
        NotFoundException,InternalException,LimitExceededException,InvalidEventPatternException
        O UpdateConnection in=UpdateConnectionRequest out=UpdateConnectionResponse err=ConcurrentModificationException\#
        ,ResourceNotFoundException,InternalException,LimitExceededException,AccessDeniedException,ThrottlingException
        O UpdateEndpoint in=UpdateEndpointRequest out=UpdateEndpointResponse\#
         err=ResourceNotFoundException,ConcurrentModificationException,InternalException
        O UpdateEventBus in=UpdateEventBusRequest out=UpdateEventBusResponse\#
         err=ResourceNotFoundException,InternalException,ConcurrentModificationException,OperationDisabledException
        S ActivateEventSourceRequest Name*:EventSourceName
        s EventSourceName 1..256 /aws\.partner(/[\.\-_A-Za-z0-9]+){2,}
        F ResourceNotFoundException code=ResourceNotFoundException status=400
        F ConcurrentModificationException code=ConcurrentModificationException status=400
        F InvalidStateException code=InvalidStateException status=400
        F InternalException code=InternalException status=500
        F OperationDisabledException code=OperationDisabledException status=400
        S CancelReplayRequest ReplayName*:ReplayName
        s ReplayName 1..64 /[\.\-_A-Za-z0-9]+
        S CancelReplayResponse ReplayArn:ReplayArn State:ReplayState StateReason:ReplayStateReason
        s ReplayArn 1..1600 /^arn:aws([a-z]|\-)*:events:([a-z]|\d|\-)*:([0-9]{12})?:.+\/[\.\-_A-Za-z0-9]+$
        e ReplayState =STARTING =RUNNING =CANCELLING =COMPLETED =CANCELLED =FAILED
        s ReplayStateReason ..512 /.*
        F IllegalStatusException code=IllegalStatusException status=400
        S CreateApiDestinationRequest Name*:ApiDestinationName Description:ApiDestinationDescription\#
         ConnectionArn*:ConnectionArn InvocationEndpoint*:HttpsEndpoint HttpMethod*:ApiDestinationHttpMethod\#
         InvocationRateLimitPerSecond:ApiDestinationInvocationRateLimitPerSecond
        s ApiDestinationName 1..64 /[\.\-_A-Za-z0-9]+
        s ApiDestinationDescription ..512 /.*
        s ConnectionArn 1..1600\#
         /^arn:aws([a-z]|\-)*:events:([a-z]|\d|\-)*:([0-9]{12})?:connection\/[\.\-_A-Za-z0-9]+\/[\-A-Za-z0-9]+$
        s HttpsEndpoint 1..2048 /^((%25[0-9A-Fa-f]{2}|[-()_.!~*';/?:@\x26=+$,A-Za-z0-9])+)([).!';/?:,])?$
        e ApiDestinationHttpMethod =POST =GET =HEAD =OPTIONS =PUT =PATCH =DELETE
        i ApiDestinationInvocationRateLimitPerSecond 1..
        S CreateApiDestinationResponse ApiDestinationArn:ApiDestinationArn ApiDestinationState:ApiDestinationState\#
         CreationTime:Timestamp LastModifiedTime:Timestamp
        s ApiDestinationArn 1..1600\#
         /^arn:aws([a-z]|\-)*:events:([a-z]|\d|\-)*:([0-9]{12})?:api-destination\/[\.\-_A-Za-z0-9]+\/[\-A-Za-z0-9]+$
        e ApiDestinationState =ACTIVE =INACTIVE
        t Timestamp
        F ResourceAlreadyExistsException code=ResourceAlreadyExistsException status=400
        F LimitExceededException code=LimitExceededException status=400
        S CreateArchiveRequest ArchiveName*:ArchiveName EventSourceArn*:EventBusArn Description:ArchiveDescription\#
         EventPattern:EventPattern RetentionDays:RetentionDays KmsKeyIdentifier:KmsKeyIdentifier
        s ArchiveName 1..48 /[\.\-_A-Za-z0-9]+
        s EventBusArn 1..1600 /^arn:aws([a-z]|\-)*:events:([a-z]|\d|\-)*:([0-9]{12})?:.+\/.+$
        s ArchiveDescription ..512 /.*
        s EventPattern ..4096
        i RetentionDays 0..
        s KmsKeyIdentifier ..2048 /^[a-zA-Z0-9_\-/:]*$
        S CreateArchiveResponse ArchiveArn:ArchiveArn State:ArchiveState StateReason:ArchiveStateReason\#
         CreationTime:Timestamp
        s ArchiveArn 1..1600 /^arn:aws([a-z]|\-)*:events:([a-z]|\d|\-)*:([0-9]{12})?:.+\/.+$
        e ArchiveState =ENABLED =DISABLED =CREATING =UPDATING =CREATE_FAILED =UPDATE_FAILED
        s ArchiveStateReason ..512 /.*
        F InvalidEventPatternException code=InvalidEventPatternException status=400
        S CreateConnectionRequest Name*:ConnectionName Description:ConnectionDescription\#
         AuthorizationType*:ConnectionAuthorizationType AuthParameters*:CreateConnectionAuthRequestParameters\#
         InvocationConnectivityParameters:ConnectivityResourceParameters KmsKeyIdentifier:KmsKeyIdentifier
        s ConnectionName 1..64 /[\.\-_A-Za-z0-9]+
        s ConnectionDescription ..512 /.*
        e ConnectionAuthorizationType =BASIC =OAUTH_CLIENT_CREDENTIALS =API_KEY
        S CreateConnectionAuthRequestParameters BasicAuthParameters:CreateConnectionBasicAuthRequestParameters\#
         OAuthParameters:CreateConnectionOAuthRequestParameters\#
         ApiKeyAuthParameters:CreateConnectionApiKeyAuthRequestParameters\#
         InvocationHttpParameters:ConnectionHttpParameters ConnectivityParameters:ConnectivityResourceParameters
        S CreateConnectionBasicAuthRequestParameters Username*:AuthHeaderParameters\#
         Password*:AuthHeaderParametersSensitive
        s AuthHeaderParameters 1..512 /^[%20\t]*[^\x00-\x1F:\x7F]+([%20\t]+[^\x00-\x1F:\x7F]+)*[%20\t]*$
        s AuthHeaderParametersSensitive 1..512 secret\#
         /^[%20\t]*[^\x00-\x1F:\x7F]+([%20\t]+[^\x00-\x1F:\x7F]+)*[%20\t]*$
        S CreateConnectionOAuthRequestParameters ClientParameters*:CreateConnectionOAuthClientRequestParameters\#
         AuthorizationEndpoint*:HttpsEndpoint HttpMethod*:ConnectionOAuthHttpMethod\#
         OAuthHttpParameters:ConnectionHttpParameters
        S CreateConnectionOAuthClientRequestParameters ClientID*:AuthHeaderParameters\#
         ClientSecret*:AuthHeaderParametersSensitive
        e ConnectionOAuthHttpMethod =GET =POST =PUT
        S ConnectionHttpParameters HeaderParameters:ConnectionHeaderParametersList\#
         QueryStringParameters:ConnectionQueryStringParametersList BodyParameters:ConnectionBodyParametersList
        L ConnectionHeaderParametersList ConnectionHeaderParameter 0..100
        S ConnectionHeaderParameter Key:HeaderKey Value:HeaderValueSensitive IsValueSecret:Boolean
        s HeaderKey ..512 /^[!%23$%25&'*+-.^_`|~0-9a-zA-Z]+$
        s HeaderValueSensitive ..512 secret /^[%20\t]*[\x20-\x7E]+([%20\t]+[\x20-\x7E]+)*[%20\t]*$
        b Boolean
        L ConnectionQueryStringParametersList ConnectionQueryStringParameter 0..100
        S ConnectionQueryStringParameter Key:QueryStringKey Value:QueryStringValueSensitive IsValueSecret:Boolean
        s QueryStringKey ..512 /[^\x00-\x1F\x7F]+
        s QueryStringValueSensitive ..512 secret /[^\x00-\x09\x0B\x0C\x0E-\x1F\x7F]+
        L ConnectionBodyParametersList ConnectionBodyParameter 0..100
        S ConnectionBodyParameter Key:String Value:SensitiveString IsValueSecret:Boolean
        s String
        s SensitiveString secret
        S CreateConnectionApiKeyAuthRequestParameters ApiKeyName*:AuthHeaderParameters\#
         ApiKeyValue*:AuthHeaderParametersSensitive
        S ConnectivityResourceParameters ResourceParameters*:ConnectivityResourceConfigurationArn
        S ConnectivityResourceConfigurationArn ResourceConfigurationArn*:ResourceConfigurationArn
        s ResourceConfigurationArn 0..2048\#
         /^(?:^arn:[a-z0-9\-]+:vpc-lattice:[a-zA-Z0-9\-]+:\d{12}:resourceconfiguration/rcfg-[0-9a-z]{17}$|^$)
        S CreateConnectionResponse ConnectionArn:ConnectionArn ConnectionState:ConnectionState CreationTime:Timestamp\#
         LastModifiedTime:Timestamp
        e ConnectionState =CREATING =UPDATING =DELETING =AUTHORIZED =DEAUTHORIZED =AUTHORIZING =DEAUTHORIZING =ACTIVE\#
         =FAILED_CONNECTIVITY
        F AccessDeniedException code=AccessDeniedException status=400
        F ThrottlingException code=ThrottlingException status=400
        S CreateEndpointRequest Name*:EndpointName Description:EndpointDescription RoutingConfig*:RoutingConfig\#
         ReplicationConfig:ReplicationConfig EventBuses*:EndpointEventBusList RoleArn:IamRoleArn
        s EndpointName 1..64 /[\.\-_A-Za-z0-9]+
        s EndpointDescription ..512 /.*
        S RoutingConfig FailoverConfig*:FailoverConfig
        S FailoverConfig Primary*:Primary Secondary*:Secondary
        S Primary HealthCheck*:HealthCheck
        s HealthCheck 1..1600 /^arn:aws([a-z]|\-)*:route53:::healthcheck/[\-a-z0-9]+$
        S Secondary Route*:Route
        s Route 9..20 /^[\-a-z0-9]+$
        S ReplicationConfig State:ReplicationState
        e ReplicationState =ENABLED =DISABLED
        L EndpointEventBusList EndpointEventBus 2..2
        S EndpointEventBus EventBusArn*:NonPartnerEventBusArn
        s NonPartnerEventBusArn 1..512 /^arn:aws[a-z-]*:events:[a-z]+-[a-z-]+-\d+:\d{12}:event-bus/[\w.-]+$
        s IamRoleArn 1..256 /^arn:aws[a-z-]*:iam::\d{12}:role\/[\w+=,.@/-]+$
        S CreateEndpointResponse Name:EndpointName Arn:EndpointArn RoutingConfig:RoutingConfig\#
         ReplicationConfig:ReplicationConfig EventBuses:EndpointEventBusList RoleArn:IamRoleArn State:EndpointState
        s EndpointArn 1..1600 /^arn:aws([a-z]|\-)*:events:([a-z]|\d|\-)*:([0-9]{12})?:endpoint\/[/\.\-_A-Za-z0-9]+$
        e EndpointState =ACTIVE =CREATING =UPDATING =DELETING =CREATE_FAILED =UPDATE_FAILED =DELETE_FAILED
        S CreateEventBusRequest Name*:EventBusName EventSourceName:EventSourceName Description:EventBusDescription\#
         KmsKeyIdentifier:KmsKeyIdentifier DeadLetterConfig:DeadLetterConfig LogConfig:LogConfig Tags:TagList
        s EventBusName 1..256 /[/\.\-_A-Za-z0-9]+
        s EventBusDescription ..512
        S DeadLetterConfig Arn:ResourceArn
        s ResourceArn 1..1600
        S LogConfig IncludeDetail:IncludeDetail Level:Level
        e IncludeDetail =NONE =FULL
        e Level =OFF =ERROR =INFO =TRACE
        L TagList Tag
        S Tag Key*:TagKey Value*:TagValue
        s TagKey 1..128
        s TagValue 0..256
        S CreateEventBusResponse EventBusArn:String Description:EventBusDescription KmsKeyIdentifier:KmsKeyIdentifier\#
         DeadLetterConfig:DeadLetterConfig LogConfig:LogConfig
        S CreatePartnerEventSourceRequest Name*:EventSourceName Account*:AccountId
        s AccountId 12..12 /\d{12}
        S CreatePartnerEventSourceResponse EventSourceArn:String
        S DeactivateEventSourceRequest Name*:EventSourceName
        S DeauthorizeConnectionRequest Name*:ConnectionName
        S DeauthorizeConnectionResponse ConnectionArn:ConnectionArn ConnectionState:ConnectionState\#
         CreationTime:Timestamp LastModifiedTime:Timestamp LastAuthorizedTime:Timestamp
        S DeleteApiDestinationRequest Name*:ApiDestinationName
        S DeleteApiDestinationResponse
        S DeleteArchiveRequest ArchiveName*:ArchiveName
        S DeleteArchiveResponse
        S DeleteConnectionRequest Name*:ConnectionName
        S DeleteConnectionResponse ConnectionArn:ConnectionArn ConnectionState:ConnectionState CreationTime:Timestamp\#
         LastModifiedTime:Timestamp LastAuthorizedTime:Timestamp
        S DeleteEndpointRequest Name*:EndpointName
        S DeleteEndpointResponse
        S DeleteEventBusRequest Name*:EventBusName
        S DeletePartnerEventSourceRequest Name*:EventSourceName Account*:AccountId
        S DeleteRuleRequest Name*:RuleName EventBusName:EventBusNameOrArn Force:Boolean
        s RuleName 1..64 /[\.\-_A-Za-z0-9]+
        s EventBusNameOrArn 1..1600\#
         /(arn:aws[\w-]*:events:[a-z]+-[a-z]+-[\w-]+:[0-9]{12}:event-bus\/)?[/\.\-_A-Za-z0-9]+
        F ManagedRuleException code=ManagedRuleException status=400
        S DescribeApiDestinationRequest Name*:ApiDestinationName
        S DescribeApiDestinationResponse ApiDestinationArn:ApiDestinationArn Name:ApiDestinationName\#
         Description:ApiDestinationDescription ApiDestinationState:ApiDestinationState ConnectionArn:ConnectionArn\#
         InvocationEndpoint:HttpsEndpoint HttpMethod:ApiDestinationHttpMethod\#
         InvocationRateLimitPerSecond:ApiDestinationInvocationRateLimitPerSecond CreationTime:Timestamp\#
         LastModifiedTime:Timestamp
        S DescribeArchiveRequest ArchiveName*:ArchiveName
        S DescribeArchiveResponse ArchiveArn:ArchiveArn ArchiveName:ArchiveName EventSourceArn:EventBusArn\#
         Description:ArchiveDescription EventPattern:EventPattern State:ArchiveState StateReason:ArchiveStateReason\#
         KmsKeyIdentifier:KmsKeyIdentifier RetentionDays:RetentionDays SizeBytes:Long EventCount:Long\#
         CreationTime:Timestamp
        l Long
        S DescribeConnectionRequest Name*:ConnectionName
        S DescribeConnectionResponse ConnectionArn:ConnectionArn Name:ConnectionName Description:ConnectionDescription\#
         InvocationConnectivityParameters:DescribeConnectionConnectivityParameters ConnectionState:ConnectionState\#
         StateReason:ConnectionStateReason AuthorizationType:ConnectionAuthorizationType\#
         SecretArn:SecretsManagerSecretArn KmsKeyIdentifier:KmsKeyIdentifier\#
         AuthParameters:ConnectionAuthResponseParameters CreationTime:Timestamp LastModifiedTime:Timestamp\#
         LastAuthorizedTime:Timestamp
        S DescribeConnectionConnectivityParameters ResourceParameters*:DescribeConnectionResourceParameters
        S DescribeConnectionResourceParameters ResourceConfigurationArn*:ResourceConfigurationArn\#
         ResourceAssociationArn*:ResourceAssociationArn
        s ResourceAssociationArn 17..2048\#
         /^arn:[a-z0-9\\-]+:vpc-lattice:[a-zA-Z0-9\\-]+:\\d{12}:servicenetworkresourceassociation/snra-[0-9a-z]{17}$
        s ConnectionStateReason ..512 /.*
        s SecretsManagerSecretArn 20..2048\#
         /^arn:aws([a-z]|\-)*:secretsmanager:([a-z]|\d|\-)*:([0-9]{12})?:secret:[\/_+=\.@\-A-Za-z0-9]+$
        S ConnectionAuthResponseParameters BasicAuthParameters:ConnectionBasicAuthResponseParameters\#
         OAuthParameters:ConnectionOAuthResponseParameters ApiKeyAuthParameters:ConnectionApiKeyAuthResponseParameters\#
         InvocationHttpParameters:ConnectionHttpParameters\#
         ConnectivityParameters:DescribeConnectionConnectivityParameters
        S ConnectionBasicAuthResponseParameters Username:AuthHeaderParameters
        S ConnectionOAuthResponseParameters ClientParameters:ConnectionOAuthClientResponseParameters\#
         AuthorizationEndpoint:HttpsEndpoint HttpMethod:ConnectionOAuthHttpMethod\#
         OAuthHttpParameters:ConnectionHttpParameters
        S ConnectionOAuthClientResponseParameters ClientID:AuthHeaderParameters
        S ConnectionApiKeyAuthResponseParameters ApiKeyName:AuthHeaderParameters
        S DescribeEndpointRequest Name*:EndpointName HomeRegion:HomeRegion
        s HomeRegion 9..20 /^[\-a-z0-9]+$
        S DescribeEndpointResponse Name:EndpointName Description:EndpointDescription Arn:EndpointArn\#
         RoutingConfig:RoutingConfig ReplicationConfig:ReplicationConfig EventBuses:EndpointEventBusList\#
         RoleArn:IamRoleArn EndpointId:EndpointId EndpointUrl:EndpointUrl State:EndpointState\#
         StateReason:EndpointStateReason CreationTime:Timestamp LastModifiedTime:Timestamp
        s EndpointId 1..50 /^[A-Za-z0-9\-]+[\.][A-Za-z0-9\-]+$
        s EndpointUrl 1..256 /^(https://)?[\.\-a-z0-9]+$
        s EndpointStateReason 1..512 /.*
        S DescribeEventBusRequest Name:EventBusNameOrArn
        S DescribeEventBusResponse Name:String Arn:String Description:EventBusDescription\#
         KmsKeyIdentifier:KmsKeyIdentifier DeadLetterConfig:DeadLetterConfig Policy:String LogConfig:LogConfig\#
         CreationTime:Timestamp LastModifiedTime:Timestamp ManagedBy:ManagedBy
        s ManagedBy 1..128
        S DescribeEventSourceRequest Name*:EventSourceName
        S DescribeEventSourceResponse Arn:String CreatedBy:String CreationTime:Timestamp ExpirationTime:Timestamp\#
         Name:String State:EventSourceState
        e EventSourceState =PENDING =ACTIVE =DELETED
        S DescribePartnerEventSourceRequest Name*:EventSourceName
        S DescribePartnerEventSourceResponse Arn:String Name:String
        S DescribeReplayRequest ReplayName*:ReplayName
        S DescribeReplayResponse ReplayName:ReplayName ReplayArn:ReplayArn Description:ReplayDescription\#
         State:ReplayState StateReason:ReplayStateReason EventSourceArn:ArchiveArn Destination:ReplayDestination\#
         EventStartTime:Timestamp EventEndTime:Timestamp EventLastReplayedTime:Timestamp ReplayStartTime:Timestamp\#
         ReplayEndTime:Timestamp
        s ReplayDescription ..512 /.*
        S ReplayDestination Arn*:Arn FilterArns:ReplayDestinationFilters
        s Arn 1..1600
        L ReplayDestinationFilters Arn
        S DescribeRuleRequest Name*:RuleName EventBusName:EventBusNameOrArn
        S DescribeRuleResponse Name:RuleName Arn:RuleArn EventPattern:EventPattern\#
         ScheduleExpression:ScheduleExpression State:RuleState Description:RuleDescription RoleArn:RoleArn\#
         ManagedBy:ManagedBy EventBusName:EventBusName CreatedBy:CreatedBy
        s RuleArn 1..1600
        s ScheduleExpression ..256
        e RuleState =ENABLED =DISABLED =ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS
        s RuleDescription ..512
        s RoleArn 1..1600
        s CreatedBy 1..128
        S DisableRuleRequest Name*:RuleName EventBusName:EventBusNameOrArn
        S EnableRuleRequest Name*:RuleName EventBusName:EventBusNameOrArn
        S ListApiDestinationsRequest NamePrefix:ApiDestinationName ConnectionArn:ConnectionArn NextToken:NextToken\#
         Limit:LimitMax100
        s NextToken 1..2048
        i LimitMax100 1..100
        S ListApiDestinationsResponse ApiDestinations:ApiDestinationResponseList NextToken:NextToken
        L ApiDestinationResponseList ApiDestination
        S ApiDestination ApiDestinationArn:ApiDestinationArn Name:ApiDestinationName\#
         ApiDestinationState:ApiDestinationState ConnectionArn:ConnectionArn InvocationEndpoint:HttpsEndpoint\#
         HttpMethod:ApiDestinationHttpMethod InvocationRateLimitPerSecond:ApiDestinationInvocationRateLimitPerSecond\#
         CreationTime:Timestamp LastModifiedTime:Timestamp
        S ListArchivesRequest NamePrefix:ArchiveName EventSourceArn:EventBusArn State:ArchiveState NextToken:NextToken\#
         Limit:LimitMax100
        S ListArchivesResponse Archives:ArchiveResponseList NextToken:NextToken
        L ArchiveResponseList Archive
        S Archive ArchiveName:ArchiveName EventSourceArn:EventBusArn State:ArchiveState StateReason:ArchiveStateReason\#
         RetentionDays:RetentionDays SizeBytes:Long EventCount:Long CreationTime:Timestamp
        S ListConnectionsRequest NamePrefix:ConnectionName ConnectionState:ConnectionState NextToken:NextToken\#
         Limit:LimitMax100
        S ListConnectionsResponse Connections:ConnectionResponseList NextToken:NextToken
        L ConnectionResponseList Connection
        S Connection ConnectionArn:ConnectionArn Name:ConnectionName ConnectionState:ConnectionState\#
         StateReason:ConnectionStateReason AuthorizationType:ConnectionAuthorizationType CreationTime:Timestamp\#
         LastModifiedTime:Timestamp LastAuthorizedTime:Timestamp
        S ListEndpointsRequest NamePrefix:EndpointName HomeRegion:HomeRegion NextToken:NextToken\#
         MaxResults:LimitMax100
        S ListEndpointsResponse Endpoints:EndpointList NextToken:NextToken
        L EndpointList Endpoint
        S Endpoint Name:EndpointName Description:EndpointDescription Arn:EndpointArn RoutingConfig:RoutingConfig\#
         ReplicationConfig:ReplicationConfig EventBuses:EndpointEventBusList RoleArn:IamRoleArn EndpointId:EndpointId\#
         EndpointUrl:EndpointUrl State:EndpointState StateReason:EndpointStateReason CreationTime:Timestamp\#
         LastModifiedTime:Timestamp
        S ListEventBusesRequest NamePrefix:EventBusName NextToken:NextToken Limit:LimitMax100
        S ListEventBusesResponse EventBuses:EventBusList NextToken:NextToken
        L EventBusList EventBus
        S EventBus Name:String Arn:String Description:EventBusDescription Policy:String CreationTime:Timestamp\#
         LastModifiedTime:Timestamp ManagedBy:ManagedBy
        S ListEventSourcesRequest NamePrefix:EventSourceNamePrefix NextToken:NextToken Limit:LimitMax100
        s EventSourceNamePrefix 1..256 /[/\.\-_A-Za-z0-9]+
        S ListEventSourcesResponse EventSources:EventSourceList NextToken:NextToken
        L EventSourceList EventSource
        S EventSource Arn:String CreatedBy:String CreationTime:Timestamp ExpirationTime:Timestamp Name:String\#
         State:EventSourceState
        S ListPartnerEventSourceAccountsRequest EventSourceName*:EventSourceName NextToken:NextToken Limit:LimitMax100
        S ListPartnerEventSourceAccountsResponse PartnerEventSourceAccounts:PartnerEventSourceAccountList\#
         NextToken:NextToken
        L PartnerEventSourceAccountList PartnerEventSourceAccount
        S PartnerEventSourceAccount Account:AccountId CreationTime:Timestamp ExpirationTime:Timestamp\#
         State:EventSourceState
        S ListPartnerEventSourcesRequest NamePrefix*:PartnerEventSourceNamePrefix NextToken:NextToken\#
         Limit:LimitMax100
        s PartnerEventSourceNamePrefix 1..256 /aws\.partner/[\.\-_A-Za-z0-9]+/[/\.\-_A-Za-z0-9]*
        S ListPartnerEventSourcesResponse PartnerEventSources:PartnerEventSourceList NextToken:NextToken
        L PartnerEventSourceList PartnerEventSource
        S PartnerEventSource Arn:String Name:String
        S ListReplaysRequest NamePrefix:ReplayName State:ReplayState EventSourceArn:ArchiveArn NextToken:NextToken\#
         Limit:LimitMax100
        S ListReplaysResponse Replays:ReplayList NextToken:NextToken
        L ReplayList Replay
        S Replay ReplayName:ReplayName EventSourceArn:ArchiveArn State:ReplayState StateReason:ReplayStateReason\#
         EventStartTime:Timestamp EventEndTime:Timestamp EventLastReplayedTime:Timestamp ReplayStartTime:Timestamp\#
         ReplayEndTime:Timestamp
        S ListRuleNamesByTargetRequest TargetArn*:TargetArn EventBusName:EventBusNameOrArn NextToken:NextToken\#
         Limit:LimitMax100
        s TargetArn 1..1600
        S ListRuleNamesByTargetResponse RuleNames:RuleNameList NextToken:NextToken
        L RuleNameList RuleName
        S ListRulesRequest NamePrefix:RuleName EventBusName:EventBusNameOrArn NextToken:NextToken Limit:LimitMax100
        S ListRulesResponse Rules:RuleResponseList NextToken:NextToken
        L RuleResponseList Rule
        S Rule Name:RuleName Arn:RuleArn EventPattern:EventPattern State:RuleState Description:RuleDescription\#
         ScheduleExpression:ScheduleExpression RoleArn:RoleArn ManagedBy:ManagedBy EventBusName:EventBusName
        S ListTagsForResourceRequest ResourceARN*:Arn
        S ListTagsForResourceResponse Tags:TagList
        S ListTargetsByRuleRequest Rule*:RuleName EventBusName:EventBusNameOrArn NextToken:NextToken Limit:LimitMax100
        S ListTargetsByRuleResponse Targets:TargetList NextToken:NextToken
        L TargetList Target 1..100
        S Target Id*:TargetId Arn*:TargetArn RoleArn:RoleArn Input:TargetInput InputPath:TargetInputPath\#
         InputTransformer:InputTransformer KinesisParameters:KinesisParameters\#
         RunCommandParameters:RunCommandParameters EcsParameters:EcsParameters BatchParameters:BatchParameters\#
         SqsParameters:SqsParameters HttpParameters:HttpParameters RedshiftDataParameters:RedshiftDataParameters\#
         SageMakerPipelineParameters:SageMakerPipelineParameters DeadLetterConfig:DeadLetterConfig\#
         RetryPolicy:RetryPolicy AppSyncParameters:AppSyncParameters
        s TargetId 1..64 /[\.\-_A-Za-z0-9]+
        s TargetInput ..8192
        s TargetInputPath ..256
        S InputTransformer InputPathsMap:TransformerPaths InputTemplate*:TransformerInput
        M TransformerPaths InputTransformerPathKey TargetInputPath ..100
        s InputTransformerPathKey 1..256 /[A-Za-z0-9\_\-]+
        s TransformerInput 1..8192
        S KinesisParameters PartitionKeyPath*:TargetPartitionKeyPath
        s TargetPartitionKeyPath ..256
        S RunCommandParameters RunCommandTargets*:RunCommandTargets
        L RunCommandTargets RunCommandTarget 1..5
        S RunCommandTarget Key*:RunCommandTargetKey Values*:RunCommandTargetValues
        s RunCommandTargetKey 1..128 /^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$
        L RunCommandTargetValues RunCommandTargetValue 1..50
        s RunCommandTargetValue 1..256
        S EcsParameters TaskDefinitionArn*:Arn TaskCount:LimitMin1 LaunchType:LaunchType\#
         NetworkConfiguration:NetworkConfiguration PlatformVersion:String Group:String\#
         CapacityProviderStrategy:CapacityProviderStrategy EnableECSManagedTags:Boolean EnableExecuteCommand:Boolean\#
         PlacementConstraints:PlacementConstraints PlacementStrategy:PlacementStrategies PropagateTags:PropagateTags\#
         ReferenceId:ReferenceId Tags:TagList
        i LimitMin1 1..
        e LaunchType =EC2 =FARGATE =EXTERNAL
        S NetworkConfiguration awsvpcConfiguration:AwsVpcConfiguration
        S AwsVpcConfiguration Subnets*:StringList SecurityGroups:StringList AssignPublicIp:AssignPublicIp
        L StringList String
        e AssignPublicIp =ENABLED =DISABLED
        L CapacityProviderStrategy CapacityProviderStrategyItem ..6
        S CapacityProviderStrategyItem capacityProvider*:CapacityProvider weight:CapacityProviderStrategyItemWeight\#
         base:CapacityProviderStrategyItemBase
        s CapacityProvider 1..255
        i CapacityProviderStrategyItemWeight 0..1000
        i CapacityProviderStrategyItemBase 0..100000
        L PlacementConstraints PlacementConstraint ..10
        S PlacementConstraint type:PlacementConstraintType expression:PlacementConstraintExpression
        e PlacementConstraintType =distinctInstance =memberOf
        s PlacementConstraintExpression ..2000
        L PlacementStrategies PlacementStrategy ..5
        S PlacementStrategy type:PlacementStrategyType field:PlacementStrategyField
        e PlacementStrategyType =random =spread =binpack
        s PlacementStrategyField ..255
        e PropagateTags =TASK_DEFINITION
        s ReferenceId ..1024
        S BatchParameters JobDefinition*:String JobName*:String ArrayProperties:BatchArrayProperties\#
         RetryStrategy:BatchRetryStrategy
        S BatchArrayProperties Size:Integer
        i Integer
        S BatchRetryStrategy Attempts:Integer
        S SqsParameters MessageGroupId:MessageGroupId
        s MessageGroupId ..100
        S HttpParameters PathParameterValues:PathParameterList HeaderParameters:HeaderParametersMap\#
         QueryStringParameters:QueryStringParametersMap
        L PathParameterList PathParameter
        s PathParameter /^(?!\s*$).+ as/.*\S.*
        M HeaderParametersMap HeaderKey HeaderValue
        s HeaderValue ..512 /^[%20\t]*[\x20-\x7E]+([%20\t]+[\x20-\x7E]+)*[%20\t]*$
        M QueryStringParametersMap QueryStringKey QueryStringValue
        s QueryStringValue ..512 /[^\x00-\x09\x0B\x0C\x0E-\x1F\x7F]+
        S RedshiftDataParameters SecretManagerArn:RedshiftSecretManagerArn Database*:Database DbUser:DbUser Sql:Sql\#
         StatementName:StatementName WithEvent:Boolean Sqls:Sqls
        s RedshiftSecretManagerArn 1..1600\#
         /(^arn:aws([a-z]|\-)*:secretsmanager:[a-z0-9-.]+:.*)|(\$(\.[\w_-]+(\[(\d+|\*)\])*)*)
        s Database 1..64
        s DbUser 1..128
        s Sql 1..100000 secret
        s StatementName 1..500
        L Sqls Sql 0..40
        S SageMakerPipelineParameters PipelineParameterList:SageMakerPipelineParameterList
        L SageMakerPipelineParameterList SageMakerPipelineParameter 0..200
        S SageMakerPipelineParameter Name*:SageMakerPipelineParameterName Value*:SageMakerPipelineParameterValue
        s SageMakerPipelineParameterName 1..256 /^[a-zA-Z0-9](-*[a-zA-Z0-9])*$
        s SageMakerPipelineParameterValue ..1024
        S RetryPolicy MaximumRetryAttempts:MaximumRetryAttempts MaximumEventAgeInSeconds:MaximumEventAgeInSeconds
        i MaximumRetryAttempts 0..185
        i MaximumEventAgeInSeconds 60..86400
        S AppSyncParameters GraphQLOperation:GraphQLOperation
        s GraphQLOperation 1..1048576 secret
        S PutEventsRequest Entries*:PutEventsRequestEntryList EndpointId:EndpointId
        L PutEventsRequestEntryList PutEventsRequestEntry 1..10
        S PutEventsRequestEntry Time:EventTime Source:String Resources:EventResourceList DetailType:String\#
         Detail:String EventBusName:NonPartnerEventBusNameOrArn TraceHeader:TraceHeader
        t EventTime
        L EventResourceList EventResource
        s EventResource ..2048
        s NonPartnerEventBusNameOrArn 1..1600\#
         /(arn:aws[\w-]*:events:[a-z]+-[a-z]+-[\w-]+:[0-9]{12}:event-bus\/)?[\.\-_A-Za-z0-9]+
        s TraceHeader 1..500
        S PutEventsResponse FailedEntryCount:Integer Entries:PutEventsResultEntryList
        L PutEventsResultEntryList PutEventsResultEntry
        S PutEventsResultEntry EventId:EventId ErrorCode:ErrorCode ErrorMessage:ErrorMessage
        s EventId ..64
        s ErrorCode
        s ErrorMessage
        S PutPartnerEventsRequest Entries*:PutPartnerEventsRequestEntryList
        L PutPartnerEventsRequestEntryList PutPartnerEventsRequestEntry 1..20
        S PutPartnerEventsRequestEntry Time:EventTime Source:EventSourceName Resources:EventResourceList\#
         DetailType:String Detail:String
        S PutPartnerEventsResponse FailedEntryCount:Integer Entries:PutPartnerEventsResultEntryList
        L PutPartnerEventsResultEntryList PutPartnerEventsResultEntry
        S PutPartnerEventsResultEntry EventId:EventId ErrorCode:ErrorCode ErrorMessage:ErrorMessage
        S PutPermissionRequest EventBusName:NonPartnerEventBusName Action:Action Principal:Principal\#
         StatementId:StatementId Condition:Condition Policy:String
        s NonPartnerEventBusName 1..256 /[\.\-_A-Za-z0-9]+
        s Action 1..64 /events:[a-zA-Z]+
        s Principal 1..12 /(\d{12}|\*)
        s StatementId 1..64 /[a-zA-Z0-9-_]+
        S Condition Type*:String Key*:String Value*:String
        F PolicyLengthExceededException code=PolicyLengthExceededException status=400
        S PutRuleRequest Name*:RuleName ScheduleExpression:ScheduleExpression EventPattern:EventPattern\#
         State:RuleState Description:RuleDescription RoleArn:RoleArn Tags:TagList EventBusName:EventBusNameOrArn
        S PutRuleResponse RuleArn:RuleArn
        S PutTargetsRequest Rule*:RuleName EventBusName:EventBusNameOrArn Targets*:TargetList
        S PutTargetsResponse FailedEntryCount:Integer FailedEntries:PutTargetsResultEntryList
        L PutTargetsResultEntryList PutTargetsResultEntry
        S PutTargetsResultEntry TargetId:TargetId ErrorCode:ErrorCode ErrorMessage:ErrorMessage
        S RemovePermissionRequest StatementId:StatementId RemoveAllPermissions:Boolean\#
         EventBusName:NonPartnerEventBusName
        S RemoveTargetsRequest Rule*:RuleName EventBusName:EventBusNameOrArn Ids*:TargetIdList Force:Boolean
        L TargetIdList TargetId 1..100
        S RemoveTargetsResponse FailedEntryCount:Integer FailedEntries:RemoveTargetsResultEntryList
        L RemoveTargetsResultEntryList RemoveTargetsResultEntry
        S RemoveTargetsResultEntry TargetId:TargetId ErrorCode:ErrorCode ErrorMessage:ErrorMessage
        S StartReplayRequest ReplayName*:ReplayName Description:ReplayDescription EventSourceArn*:ArchiveArn\#
         EventStartTime*:Timestamp EventEndTime*:Timestamp Destination*:ReplayDestination
        S StartReplayResponse ReplayArn:ReplayArn State:ReplayState StateReason:ReplayStateReason\#
         ReplayStartTime:Timestamp
        S TagResourceRequest ResourceARN*:Arn Tags*:TagList
        S TagResourceResponse
        S TestEventPatternRequest EventPattern*:EventPattern Event*:String
        S TestEventPatternResponse Result:Boolean
        S UntagResourceRequest ResourceARN*:Arn TagKeys*:TagKeyList
        L TagKeyList TagKey
        S UntagResourceResponse
        S UpdateApiDestinationRequest Name*:ApiDestinationName Description:ApiDestinationDescription\#
         ConnectionArn:ConnectionArn InvocationEndpoint:HttpsEndpoint HttpMethod:ApiDestinationHttpMethod\#
         InvocationRateLimitPerSecond:ApiDestinationInvocationRateLimitPerSecond
        S UpdateApiDestinationResponse ApiDestinationArn:ApiDestinationArn ApiDestinationState:ApiDestinationState\#
         CreationTime:Timestamp LastModifiedTime:Timestamp
        S UpdateArchiveRequest ArchiveName*:ArchiveName Description:ArchiveDescription EventPattern:EventPattern\#
         RetentionDays:RetentionDays KmsKeyIdentifier:KmsKeyIdentifier
        S UpdateArchiveResponse ArchiveArn:ArchiveArn State:ArchiveState StateReason:ArchiveStateReason\#
         CreationTime:Timestamp
        S UpdateConnectionRequest Name*:ConnectionName Description:ConnectionDescription\#
         AuthorizationType:ConnectionAuthorizationType AuthParameters:UpdateConnectionAuthRequestParameters\#
         InvocationConnectivityParameters:ConnectivityResourceParameters KmsKeyIdentifier:KmsKeyIdentifier
        S UpdateConnectionAuthRequestParameters BasicAuthParameters:UpdateConnectionBasicAuthRequestParameters\#
         OAuthParameters:UpdateConnectionOAuthRequestParameters\#
         ApiKeyAuthParameters:UpdateConnectionApiKeyAuthRequestParameters\#
         InvocationHttpParameters:ConnectionHttpParameters ConnectivityParameters:ConnectivityResourceParameters
        S UpdateConnectionBasicAuthRequestParameters Username:AuthHeaderParameters\#
         Password:AuthHeaderParametersSensitive
        S UpdateConnectionOAuthRequestParameters ClientParameters:UpdateConnectionOAuthClientRequestParameters\#
         AuthorizationEndpoint:HttpsEndpoint HttpMethod:ConnectionOAuthHttpMethod\#
         OAuthHttpParameters:ConnectionHttpParameters
        S UpdateConnectionOAuthClientRequestParameters ClientID:AuthHeaderParameters\#
         ClientSecret:AuthHeaderParametersSensitive
        S UpdateConnectionApiKeyAuthRequestParameters ApiKeyName:AuthHeaderParameters\#
         ApiKeyValue:AuthHeaderParametersSensitive
        S UpdateConnectionResponse ConnectionArn:ConnectionArn ConnectionState:ConnectionState CreationTime:Timestamp\#
         LastModifiedTime:Timestamp LastAuthorizedTime:Timestamp
        S UpdateEndpointRequest Name*:EndpointName Description:EndpointDescription RoutingConfig:RoutingConfig\#
         ReplicationConfig:ReplicationConfig EventBuses:EndpointEventBusList RoleArn:IamRoleArn
        S UpdateEndpointResponse Name:EndpointName Arn:EndpointArn RoutingConfig:RoutingConfig\#
         ReplicationConfig:ReplicationConfig EventBuses:EndpointEventBusList RoleArn:IamRoleArn EndpointId:EndpointId\#
         EndpointUrl:EndpointUrl State:EndpointState
        S UpdateEventBusRequest Name:EventBusName KmsKeyIdentifier:KmsKeyIdentifier Description:EventBusDescription\#
         DeadLetterConfig:DeadLetterConfig LogConfig:LogConfig
        S UpdateEventBusResponse Arn:String Name:EventBusName KmsKeyIdentifier:KmsKeyIdentifier\#
         Description:EventBusDescription DeadLetterConfig:DeadLetterConfig LogConfig:LogConfig
        """#
}
