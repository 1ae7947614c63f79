// Made by Tools/service-tables from the published model; Docs/Design/0010-operation-tables.md has the form.

extension BuiltInTables {
    static let cloudwatch = #"""
        V name=cloudwatch signing=monitoring id=CloudWatch version=2010-08-01 protocols=cbor,json,query\#
         target=GraniteServiceVersion20100801 json=1.0 xmlns=http://monitoring.amazonaws.com/doc/2010-08-01/\#
         querycompatible=yes
        O AssociateDatasetKmsKey in=AssociateDatasetKmsKeyInput out=AssociateDatasetKmsKeyOutput err=KmsAccessDeniedEx\#
        ception,KmsKeyNotFoundException,ConflictException,KmsKeyDisabledException,ResourceNotFoundException
        O CreateResourceMetricsConfiguration in=CreateResourceMetricsConfigurationInput\#
         out=CreateResourceMetricsConfigurationOutput err=ConflictException,ResourceNotFoundException
        O DeleteAlarmMuteRule in=DeleteAlarmMuteRuleInput
        O DeleteAlarms in=DeleteAlarmsInput err=ResourceNotFound,ResourceConflict
        O DeleteAnomalyDetector in=DeleteAnomalyDetectorInput out=DeleteAnomalyDetectorOutput err=ResourceNotFoundExce\#
        ption,InternalServiceFault,InvalidParameterValueException,MissingRequiredParameterException,InvalidParameterCo\#
        mbinationException
        O DeleteDashboards in=DeleteDashboardsInput out=DeleteDashboardsOutput\#
         err=InvalidParameterValueException,InternalServiceFault,ConflictException
        O DeleteInsightRules in=DeleteInsightRulesInput out=DeleteInsightRulesOutput\#
         err=InvalidParameterValueException,MissingRequiredParameterException
        O DeleteMetricDataQueryDefinition in=DeleteMetricDataQueryDefinitionInput\#
         out=DeleteMetricDataQueryDefinitionOutput
        O DeleteMetricStream in=DeleteMetricStreamInput out=DeleteMetricStreamOutput\#
         err=InternalServiceFault,InvalidParameterValueException,MissingRequiredParameterException
        O DeleteResourceMetricsConfiguration in=DeleteResourceMetricsConfigurationInput\#
         out=DeleteResourceMetricsConfigurationOutput err=ResourceNotFoundException
        O DescribeAlarmContributors in=DescribeAlarmContributorsInput out=DescribeAlarmContributorsOutput\#
         err=InvalidNextToken,ResourceNotFoundException
        O DescribeAlarmHistory in=DescribeAlarmHistoryInput out=DescribeAlarmHistoryOutput\#
         page=NextToken,NextToken,MaxRecords,AlarmHistoryItems err=InvalidNextToken
        O DescribeAlarms in=DescribeAlarmsInput out=DescribeAlarmsOutput\#
         page=NextToken,NextToken,MaxRecords,MetricAlarms+CompositeAlarms+LogAlarms err=InvalidNextToken
        O DescribeAlarmsForMetric in=DescribeAlarmsForMetricInput out=DescribeAlarmsForMetricOutput
        O DescribeAnomalyDetectors in=DescribeAnomalyDetectorsInput out=DescribeAnomalyDetectorsOutput\#
         page=NextToken,NextToken,MaxResults,AnomalyDetectors\#
         err=InvalidNextToken,InternalServiceFault,InvalidParameterValueException,InvalidParameterCombinationException
        O DescribeInsightRules in=DescribeInsightRulesInput out=DescribeInsightRulesOutput err=InvalidNextToken
        O DisableAlarmActions in=DisableAlarmActionsInput
        O DisableInsightRules in=DisableInsightRulesInput out=DisableInsightRulesOutput\#
         err=InvalidParameterValueException,MissingRequiredParameterException
        O DisassociateDatasetKmsKey in=DisassociateDatasetKmsKeyInput out=DisassociateDatasetKmsKeyOutput\#
         err=ConflictException,ResourceNotFoundException
        O EnableAlarmActions in=EnableAlarmActionsInput
        O EnableInsightRules in=EnableInsightRulesInput out=EnableInsightRulesOutput\#
         err=InvalidParameterValueException,MissingRequiredParameterException,LimitExceededException
        O GetAlarmMuteRule in=GetAlarmMuteRuleInput out=GetAlarmMuteRuleOutput err=ResourceNotFoundException
        O GetDashboard in=GetDashboardInput out=GetDashboardOutput\#
         err=InvalidParameterValueException,DashboardNotFoundError,InternalServiceFault
        O GetDataset in=GetDatasetInput out=GetDatasetOutput err=ResourceNotFoundException
        O GetInsightRuleReport in=GetInsightRuleReportInput out=GetInsightRuleReportOutput\#
         err=InvalidParameterValueException,MissingRequiredParameterException,ResourceNotFoundException
        O GetMetricData in=GetMetricDataInput out=GetMetricDataOutput\#
         page=NextToken,NextToken,MaxDatapoints,MetricDataResults+Messages err=InvalidNextToken
        O GetMetricDataQueryDefinition in=GetMetricDataQueryDefinitionInput out=GetMetricDataQueryDefinitionOutput\#
         err=ResourceNotFoundException
        O GetMetricStatistics in=GetMetricStatisticsInput out=GetMetricStatisticsOutput err=InvalidParameterValueExcep\#
        tion,MissingRequiredParameterException,InvalidParameterCombinationException,InternalServiceFault
        O GetMetricStream in=GetMetricStreamInput out=GetMetricStreamOutput err=ResourceNotFoundException,InternalServ\#
        iceFault,InvalidParameterValueException,MissingRequiredParameterException,InvalidParameterCombinationException
        O GetMetricWidgetImage in=GetMetricWidgetImageInput out=GetMetricWidgetImageOutput
        O GetOTelEnrichment in=GetOTelEnrichmentInput out=GetOTelEnrichmentOutput
        O GetResourceMetricsConfiguration in=GetResourceMetricsConfigurationInput\#
         out=GetResourceMetricsConfigurationOutput err=ResourceNotFoundException
        O ListAlarmMuteRules in=ListAlarmMuteRulesInput out=ListAlarmMuteRulesOutput\#
         page=NextToken,NextToken,MaxRecords,AlarmMuteRuleSummaries err=InvalidNextToken,ResourceNotFoundException
        O ListDashboards in=ListDashboardsInput out=ListDashboardsOutput page=NextToken,NextToken,,DashboardEntries\#
         err=InvalidParameterValueException,InternalServiceFault
        O ListManagedInsightRules in=ListManagedInsightRulesInput out=ListManagedInsightRulesOutput\#
         err=InvalidParameterValueException,MissingRequiredParameterException,InvalidNextToken
        O ListMetricDataQueryDefinitions in=ListMetricDataQueryDefinitionsInput\#
         out=ListMetricDataQueryDefinitionsOutput page=NextToken,NextToken,MaxResults,Items
        O ListMetricStreams in=ListMetricStreamsInput out=ListMetricStreamsOutput\#
         err=InvalidNextToken,InternalServiceFault,InvalidParameterValueException,MissingRequiredParameterException
        O ListMetrics in=ListMetricsInput out=ListMetricsOutput page=NextToken,NextToken,,Metrics+OwningAccounts\#
         err=InternalServiceFault,InvalidParameterValueException
        O ListTagsForResource in=ListTagsForResourceInput out=ListTagsForResourceOutput\#
         err=InvalidParameterValueException,ResourceNotFoundException,InternalServiceFault
        O PutAlarmMuteRule in=PutAlarmMuteRuleInput err=LimitExceededFault
        O PutAnomalyDetector in=PutAnomalyDetectorInput out=PutAnomalyDetectorOutput err=LimitExceededException,Intern\#
        alServiceFault,InvalidParameterValueException,MissingRequiredParameterException,InvalidParameterCombinationExc\#
        eption
        O PutCompositeAlarm in=PutCompositeAlarmInput err=LimitExceededFault
        O PutDashboard in=PutDashboardInput out=PutDashboardOutput\#
         err=DashboardInvalidInputError,InternalServiceFault,ConflictException
        O PutInsightRule in=PutInsightRuleInput out=PutInsightRuleOutput\#
         err=InvalidParameterValueException,MissingRequiredParameterException,LimitExceededException
        O PutLogAlarm in=PutLogAlarmInput err=LimitExceededFault,ResourceConflict
        O PutManagedInsightRules in=PutManagedInsightRulesInput out=PutManagedInsightRulesOutput\#
         err=InvalidParameterValueException,MissingRequiredParameterException
        O PutMetricAlarm in=PutMetricAlarmInput err=LimitExceededFault
        O PutMetricData in=PutMetricDataInput err=InvalidParameterValueException,MissingRequiredParameterException,Inv\#
        alidParameterCombinationException,InternalServiceFault
        O PutMetricDataQueryDefinition in=PutMetricDataQueryDefinitionInput out=PutMetricDataQueryDefinitionOutput\#
         err=ConflictException,LimitExceededException,ResourceNotFoundException
        O PutMetricStream in=PutMetricStreamInput out=PutMetricStreamOutput err=ConcurrentModificationException,Intern\#
        alServiceFault,InvalidParameterValueException,MissingRequiredParameterException,InvalidParameterCombinationExc\#
        eption
        O SetAlarmState in=SetAlarmStateInput err=ResourceNotFound,InvalidFormatFault
        O StartMetricStreams in=StartMetricStreamsInput out=StartMetricStreamsOutput\#
         err=InternalServiceFault,InvalidParameterValueException,MissingRequiredParameterException
        O StartOTelEnrichment in=StartOTelEnrichmentInput out=StartOTelEnrichmentOutput err=ValidationException
        O StopMetricStreams in=StopMetricStreamsInput out=StopMetricStreamsOutput\#
         err=InternalServiceFault,InvalidParameterValueException,MissingRequiredParameterException
        O StopOTelEnrichment in=StopOTelEnrichmentInput out=StopOTelEnrichmentOutput
        O TagResource in=TagResourceInput out=TagResourceOutput err=InvalidParameterValueException,ResourceNotFoundExc\#
        eption,ConcurrentModificationException,InternalServiceFault,ConflictException
        O UntagResource in=UntagResourceInput out=UntagResourceOutput err=InvalidParameterValueException,ResourceNotFo\#
        undException,ConcurrentModificationException,InternalServiceFault,ConflictException
        O UpdateOTelEnrichment in=UpdateOTelEnrichmentInput out=UpdateOTelEnrichmentOutput\#
         err=ValidationException,ResourceNotFoundException
        O UpdateResourceMetricsConfiguration in=UpdateResourceMetricsConfigurationInput\#
         out=UpdateResourceMetricsConfigurationOutput err=ResourceNotFoundException
        S AssociateDatasetKmsKeyInput DatasetIdentifier*:DatasetIdentifier KmsKeyArn*:KmsKeyArn
        s DatasetIdentifier 1..2048 /(default|arn:[a-zA-Z0-9-]+:cloudwatch:[a-zA-Z0-9-]*:\d{12}:dataset/default)
        s KmsKeyArn 20..2048 /arn:[a-zA-Z0-9-]+:kms:[a-zA-Z0-9-]+:\d{12}:key/[a-f0-9-]+
        S AssociateDatasetKmsKeyOutput
        F KmsAccessDeniedException code=KmsAccessDeniedException status=400 Message*:String
        s String
        F KmsKeyNotFoundException code=KmsKeyNotFoundException status=400 Message*:String
        F ConflictException code=ConflictException status=409 Message:ErrorMessage
        s ErrorMessage 1..255
        F KmsKeyDisabledException code=KmsKeyDisabledException status=400 Message*:String
        F ResourceNotFoundException code=ResourceNotFoundException status=404 ResourceType:ResourceType\#
         ResourceId:ResourceId
        s ResourceType
        s ResourceId
        S CreateResourceMetricsConfigurationInput ResourceArn*:ResourceArn\#
         MetricSelections:ResourceMetricSelectionList
        s ResourceArn 20..2048 /arn:[a-zA-Z0-9-]+:[a-zA-Z0-9-]+:[a-zA-Z0-9-]*:\d{12}:.+
        L ResourceMetricSelectionList ResourceMetricSelection 1..1
        S ResourceMetricSelection IncludeMetrics*:MetricNameList
        L MetricNameList MetricName 1..500
        s MetricName 1..255
        S CreateResourceMetricsConfigurationOutput ResourceMetricsConfiguration*:ResourceMetricsConfiguration
        S ResourceMetricsConfiguration ResourceArn*:ResourceArn CreatedAt*:Timestamp UpdatedAt*:Timestamp\#
         MetricSelections:ResourceMetricSelectionList
        t Timestamp
        S DeleteAlarmMuteRuleInput AlarmMuteRuleName*:Name
        s Name 1..255
        S DeleteAlarmsInput AlarmNames*:AlarmNames
        L AlarmNames AlarmName ..100
        s AlarmName 1..255
        F ResourceNotFound code=ResourceNotFound status=404 message:ErrorMessage
        F ResourceConflict code=ResourceConflict status=409 message:ErrorMessage
        S DeleteAnomalyDetectorInput AnomalyDetectorId:AnomalyDetectorId Namespace:Namespace MetricName:MetricName\#
         Dimensions:Dimensions Stat:AnomalyDetectorMetricStat SingleMetricAnomalyDetector:SingleMetricAnomalyDetector\#
         MetricMathAnomalyDetector:MetricMathAnomalyDetector
        s AnomalyDetectorId 1..128 /[A-Za-z0-9_./:%25()+-]+
        s Namespace 1..255
        L Dimensions Dimension ..30
        S Dimension Name*:DimensionName Value*:DimensionValue
        s DimensionName 1..255
        s DimensionValue 1..1024
        s AnomalyDetectorMetricStat ..50 /(SampleCount|Average|Sum|Minimum|Maximum|IQM|(p|tc|tm|ts|wm)(\d{1,2}(\.\d{0,\#
        10})?|100)|[ou]\d+(\.\d*)?)(_E|_L|_H)?|(TM|TC|TS|WM)\(((((\d{1,2})(\.\d{0,10})?|100(\.0{0,10})?)%25)?:((\d{1,2\#
        })(\.\d{0,10})?|100(\.0{0,10})?)%25|((\d{1,2})(\.\d{0,10})?|100(\.0{0,10})?)%25:(((\d{1,2})(\.\d{0,10})?|100(\\#
        .0{0,10})?)%25)?)\)|(TM|TC|TS|WM|PR)\(((\d+(\.\d{0,10})?|(\d+(\.\d{0,10})?[Ee][+-]?\d+)):((\d+(\.\d{0,10})?|(\\#
        d+(\.\d{0,10})?[Ee][+-]?\d+)))?|((\d+(\.\d{0,10})?|(\d+(\.\d{0,10})?[Ee][+-]?\d+)))?:(\d+(\.\d{0,10})?|(\d+(\.\#
        \d{0,10})?[Ee][+-]?\d+)))\)
        S SingleMetricAnomalyDetector AccountId:AccountId Namespace:Namespace MetricName:MetricName\#
         Dimensions:Dimensions Stat:AnomalyDetectorMetricStat
        s AccountId 1..255
        S MetricMathAnomalyDetector MetricDataQueries:MetricDataQueries
        L MetricDataQueries MetricDataQuery
        S MetricDataQuery Id*:MetricId MetricStat:MetricStat Expression:MetricExpression Label:MetricLabel\#
         ReturnData:ReturnData Period:Period AccountId:AccountId
        s MetricId 1..255
        S MetricStat Metric*:Metric Period*:Period Stat*:Stat Unit:StandardUnit
        S Metric Namespace:Namespace MetricName:MetricName Dimensions:Dimensions
        i Period 1..
        s Stat
        e StandardUnit =Seconds =Microseconds =Milliseconds =Bytes =Kilobytes =Megabytes =Gigabytes =Terabytes =Bits\#
         =Kilobits =Megabits =Gigabits =Terabits =Percent =Count =Bytes/Second =Kilobytes/Second =Megabytes/Second\#
         =Gigabytes/Second =Terabytes/Second =Bits/Second =Kilobits/Second =Megabits/Second =Gigabits/Second\#
         =Terabits/Second =Count/Second =None
        s MetricExpression 1..2048
        s MetricLabel
        b ReturnData
        S DeleteAnomalyDetectorOutput
        F InternalServiceFault code=InternalServiceError status=500 Message:FaultDescription
        s FaultDescription
        F InvalidParameterValueException code=InvalidParameterValue status=400 message:AwsQueryErrorMessage
        s AwsQueryErrorMessage
        F MissingRequiredParameterException code=MissingParameter status=400 message:AwsQueryErrorMessage
        F InvalidParameterCombinationException code=InvalidParameterCombination status=400\#
         message:AwsQueryErrorMessage
        S DeleteDashboardsInput DashboardNames*:DashboardNames
        L DashboardNames DashboardName
        s DashboardName
        S DeleteDashboardsOutput
        S DeleteInsightRulesInput RuleNames*:InsightRuleNames
        L InsightRuleNames InsightRuleName
        s InsightRuleName 1..128 /[\x20-\x7E]+
        S DeleteInsightRulesOutput Failures:BatchFailures
        L BatchFailures PartialFailure
        S PartialFailure FailureResource:FailureResource ExceptionType:ExceptionType FailureCode:FailureCode\#
         FailureDescription:FailureDescription
        s FailureResource
        s ExceptionType
        s FailureCode
        s FailureDescription
        S DeleteMetricDataQueryDefinitionInput Id*:DefinitionId
        s DefinitionId 1..64 /[a-zA-Z0-9-]{1,64}
        S DeleteMetricDataQueryDefinitionOutput
        S DeleteMetricStreamInput Name*:MetricStreamName
        s MetricStreamName 1..255
        S DeleteMetricStreamOutput
        S DeleteResourceMetricsConfigurationInput ResourceArn*:ResourceArn
        S DeleteResourceMetricsConfigurationOutput
        S DescribeAlarmContributorsInput AlarmName*:AlarmName NextToken:NextToken
        s NextToken
        S DescribeAlarmContributorsOutput AlarmContributors*:AlarmContributors NextToken:NextToken
        L AlarmContributors AlarmContributor
        S AlarmContributor ContributorId*:ContributorId ContributorAttributes*:ContributorAttributes\#
         StateReason*:StateReason StateTransitionedTimestamp:Timestamp
        s ContributorId 1..16
        M ContributorAttributes AttributeName AttributeValue 0..150
        s AttributeName 1..255
        s AttributeValue 1..1024
        s StateReason 0..1023
        F InvalidNextToken code=InvalidNextToken status=400 message:ErrorMessage
        S DescribeAlarmHistoryInput AlarmName:AlarmName AlarmContributorId:ContributorId AlarmTypes:AlarmTypes\#
         HistoryItemType:HistoryItemType StartDate:Timestamp EndDate:Timestamp MaxRecords:MaxRecords\#
         NextToken:NextToken ScanBy:ScanBy
        L AlarmTypes AlarmType
        e AlarmType =CompositeAlarm =MetricAlarm =LogAlarm
        e HistoryItemType =ConfigurationUpdate =StateUpdate =Action =AlarmContributorStateUpdate\#
         =AlarmContributorAction
        i MaxRecords 1..100
        e ScanBy =TimestampDescending =TimestampAscending
        S DescribeAlarmHistoryOutput AlarmHistoryItems:AlarmHistoryItems NextToken:NextToken
        L AlarmHistoryItems AlarmHistoryItem
        S AlarmHistoryItem AlarmName:AlarmName AlarmContributorId:ContributorId AlarmType:AlarmType\#
         Timestamp:Timestamp HistoryItemType:HistoryItemType HistorySummary:HistorySummary HistoryData:HistoryData\#
         AlarmContributorAttributes:ContributorAttributes
        s HistorySummary 1..255
        s HistoryData 1..4095
        S DescribeAlarmsInput AlarmNames:AlarmNames AlarmNamePrefix:AlarmNamePrefix AlarmTypes:AlarmTypes\#
         ChildrenOfAlarmName:AlarmName ParentsOfAlarmName:AlarmName StateValue:StateValue ActionPrefix:ActionPrefix\#
         MaxRecords:MaxRecords NextToken:NextToken
        s AlarmNamePrefix 1..255
        e StateValue =INSUFFICIENT_DATA =ALARM =OK
        s ActionPrefix 1..1024
        S DescribeAlarmsOutput CompositeAlarms:CompositeAlarms MetricAlarms:MetricAlarms LogAlarms:LogAlarms\#
         NextToken:NextToken
        L CompositeAlarms CompositeAlarm
        S CompositeAlarm ActionsEnabled:ActionsEnabled AlarmActions:ResourceList AlarmArn:AlarmArn\#
         AlarmConfigurationUpdatedTimestamp:Timestamp AlarmDescription:AlarmDescription AlarmName:AlarmName\#
         AlarmRule:AlarmRule InsufficientDataActions:ResourceList OKActions:ResourceList StateReason:StateReason\#
         StateReasonData:StateReasonData StateUpdatedTimestamp:Timestamp StateValue:StateValue\#
         StateTransitionedTimestamp:Timestamp ActionsSuppressedBy:ActionsSuppressedBy\#
         ActionsSuppressedReason:ActionsSuppressedReason ActionsSuppressor:AlarmArn\#
         ActionsSuppressorWaitPeriod:SuppressorPeriod ActionsSuppressorExtensionPeriod:SuppressorPeriod\#
         ActionConfiguration:ActionConfiguration
        b ActionsEnabled
        L ResourceList ResourceName ..5
        s ResourceName 1..1024
        s AlarmArn 1..1600
        s AlarmDescription 0..1024
        s AlarmRule 1..10240
        s StateReasonData 0..4000
        e ActionsSuppressedBy =WaitPeriod =ExtensionPeriod =Alarm
        s ActionsSuppressedReason 0..1024
        i SuppressorPeriod
        S ActionConfiguration AlarmTagsPropagation:AlarmTagsPropagation
        S AlarmTagsPropagation Enabled*:AlarmTagsPropagationEnabled IncludedTagKeys:AlarmTagsPropagationTagKeys\#
         ExcludedTagKeys:AlarmTagsPropagationTagKeys
        b AlarmTagsPropagationEnabled
        L AlarmTagsPropagationTagKeys AlarmTagsPropagationTagKey 1..50
        s AlarmTagsPropagationTagKey 1..128
        L MetricAlarms MetricAlarm
        S MetricAlarm AlarmName:AlarmName AlarmArn:AlarmArn AlarmDescription:AlarmDescription\#
         AlarmConfigurationUpdatedTimestamp:Timestamp ActionsEnabled:ActionsEnabled OKActions:ResourceList\#
         AlarmActions:ResourceList InsufficientDataActions:ResourceList StateValue:StateValue StateReason:StateReason\#
         StateReasonData:StateReasonData StateUpdatedTimestamp:Timestamp MetricName:MetricName Namespace:Namespace\#
         Statistic:Statistic Dimensions:Dimensions Period:Period Unit:StandardUnit EvaluationPeriods:EvaluationPeriods\#
         Threshold:Threshold ComparisonOperator:ComparisonOperator ExtendedStatistic:ExtendedStatistic\#
         TreatMissingData:TreatMissingData EvaluateLowSampleCountPercentile:EvaluateLowSampleCountPercentile\#
         DatapointsToAlarm:DatapointsToAlarm Metrics:MetricDataQueries ThresholdMetricId:MetricId\#
         EvaluationState:EvaluationState StateTransitionedTimestamp:Timestamp EvaluationWindow:EvaluationWindow\#
         WarmUpConfiguration:WarmUpConfiguration EvaluationCriteria:EvaluationCriteria\#
         EvaluationInterval:EvaluationInterval ActionConfiguration:ActionConfiguration
        e Statistic =SampleCount =Average =Sum =Minimum =Maximum
        s ExtendedStatistic
        i EvaluationPeriods 1..
        i DatapointsToAlarm 1..
        d Threshold
        e ComparisonOperator =GreaterThanOrEqualToThreshold =GreaterThanThreshold =LessThanThreshold\#
         =LessThanOrEqualToThreshold =LessThanLowerOrGreaterThanUpperThreshold =LessThanLowerThreshold\#
         =GreaterThanUpperThreshold
        s TreatMissingData 1..255
        s EvaluateLowSampleCountPercentile 1..255
        e EvaluationState =PARTIAL_DATA =EVALUATION_FAILURE =EVALUATION_ERROR
        S EvaluationWindow WallClockWindow:WallClockWindow SlidingWindow:SlidingWindow
        S WallClockWindow Timezone:Timezone
        s Timezone 1..50
        S SlidingWindow
        S WarmUpConfiguration WarmUpPeriodDurationInMinutes*:WarmUpPeriodDurationInMinutes\#
         OnlyStartEvaluatingAfterWarmUpPeriodEnds:OnlyStartEvaluatingAfterWarmUpPeriodEnds
        i WarmUpPeriodDurationInMinutes 1..2880
        b OnlyStartEvaluatingAfterWarmUpPeriodEnds
        S EvaluationCriteria PromQLCriteria:AlarmPromQLCriteria
        S AlarmPromQLCriteria Query*:Query PendingPeriod:PendingPeriod RecoveryPeriod:RecoveryPeriod
        s Query 1..10000
        i PendingPeriod 0..86400
        i RecoveryPeriod 0..86400
        i EvaluationInterval 10..3600
        L LogAlarms LogAlarm
        S LogAlarm AlarmName:AlarmName AlarmArn:AlarmArn AlarmDescription:AlarmDescription\#
         AlarmConfigurationUpdatedTimestamp:Timestamp ActionsEnabled:ActionsEnabled OKActions:ResourceList\#
         AlarmActions:ResourceList InsufficientDataActions:ResourceList StateValue:StateValue StateReason:StateReason\#
         StateReasonData:StateReasonData StateUpdatedTimestamp:Timestamp StateTransitionedTimestamp:Timestamp\#
         ScheduledQueryConfiguration:ScheduledQueryConfiguration QueryResultsToEvaluate:QueryResultsToEvaluate\#
         QueryResultsToAlarm:QueryResultsToAlarm Threshold:Threshold ComparisonOperator:ComparisonOperator\#
         TreatMissingData:TreatMissingData EvaluationState:EvaluationState ActionLogLineCount:ActionLogLineCount\#
         ActionLogLineRoleArn:ActionLogLineRoleArn WarmUpConfiguration:WarmUpConfiguration\#
         ActionConfiguration:ActionConfiguration
        S ScheduledQueryConfiguration QueryString*:QueryString LogGroupIdentifiers:LogGroupIdentifiers\#
         QueryARN:AmazonResourceName ScheduledQueryRoleARN*:AmazonResourceName\#
         ScheduleConfiguration*:ScheduleConfiguration AggregationExpression*:AggregationExpression Tags:TagList
        s QueryString 0..10000
        L LogGroupIdentifiers AmazonResourceName 1..50
        s AmazonResourceName 1..1024
        S ScheduleConfiguration ScheduleExpression*:ScheduleExpression StartTimeOffset*:StartTimeOffset\#
         EndTimeOffset:EndTimeOffset
        s ScheduleExpression 1..256
        l StartTimeOffset 1..2592000
        l EndTimeOffset 0..2592000
        s AggregationExpression 1..2048
        L TagList Tag
        S Tag Key*:TagKey Value*:TagValue
        s TagKey 1..128
        s TagValue 0..256
        i QueryResultsToEvaluate 1..
        i QueryResultsToAlarm 1..
        i ActionLogLineCount
        s ActionLogLineRoleArn
        S DescribeAlarmsForMetricInput MetricName*:MetricName Namespace*:Namespace Statistic:Statistic\#
         ExtendedStatistic:ExtendedStatistic Dimensions:Dimensions Period:Period Unit:StandardUnit
        S DescribeAlarmsForMetricOutput MetricAlarms:MetricAlarms
        S DescribeAnomalyDetectorsInput AnomalyDetectorIds:AnomalyDetectorIds NextToken:NextToken\#
         MaxResults:MaxReturnedResultsCount Namespace:Namespace MetricName:MetricName Dimensions:Dimensions\#
         AnomalyDetectorTypes:AnomalyDetectorTypes
        L AnomalyDetectorIds AnomalyDetectorId ..50
        i MaxReturnedResultsCount 1..
        L AnomalyDetectorTypes AnomalyDetectorType ..2
        e AnomalyDetectorType =SINGLE_METRIC =METRIC_MATH
        S DescribeAnomalyDetectorsOutput AnomalyDetectors:AnomalyDetectors NextToken:NextToken
        L AnomalyDetectors AnomalyDetector
        S AnomalyDetector AnomalyDetectorId:AnomalyDetectorId Namespace:Namespace MetricName:MetricName\#
         Dimensions:Dimensions Stat:AnomalyDetectorMetricStat Configuration:AnomalyDetectorConfiguration\#
         StateValue:AnomalyDetectorStateValue MetricCharacteristics:MetricCharacteristics\#
         SingleMetricAnomalyDetector:SingleMetricAnomalyDetector MetricMathAnomalyDetector:MetricMathAnomalyDetector
        S AnomalyDetectorConfiguration ExcludedTimeRanges:AnomalyDetectorExcludedTimeRanges\#
         MetricTimezone:AnomalyDetectorMetricTimezone AdaptationSpeed:AnomalyDetectorAdaptationSpeed\#
         OutlierFilteringStrength:AnomalyDetectorOutlierFilteringStrength
        L AnomalyDetectorExcludedTimeRanges Range
        S Range StartTime*:Timestamp EndTime*:Timestamp
        s AnomalyDetectorMetricTimezone ..50 /.*
        e AnomalyDetectorAdaptationSpeed =FAST =NORMAL =SLOW
        e AnomalyDetectorOutlierFilteringStrength =MINIMAL =MODERATE =STRICT
        e AnomalyDetectorStateValue =PENDING_TRAINING =TRAINED_INSUFFICIENT_DATA =TRAINED
        S MetricCharacteristics PeriodicSpikes:PeriodicSpikes
        b PeriodicSpikes
        S DescribeInsightRulesInput NextToken:NextToken MaxResults:InsightRuleMaxResults
        i InsightRuleMaxResults 1..500
        S DescribeInsightRulesOutput NextToken:NextToken InsightRules:InsightRules
        L InsightRules InsightRule
        S InsightRule Name*:InsightRuleName State*:InsightRuleState Schema*:InsightRuleSchema\#
         Definition*:InsightRuleDefinition ManagedRule:InsightRuleIsManaged\#
         ApplyOnTransformedLogs:InsightRuleOnTransformedLogs
        s InsightRuleState 1..32 /[\x20-\x7E]+
        s InsightRuleSchema
        s InsightRuleDefinition 1..8192 /[\x00-\x7F]+
        b InsightRuleIsManaged
        b InsightRuleOnTransformedLogs
        S DisableAlarmActionsInput AlarmNames*:AlarmNames
        S DisableInsightRulesInput RuleNames*:InsightRuleNames
        S DisableInsightRulesOutput Failures:BatchFailures
        S DisassociateDatasetKmsKeyInput DatasetIdentifier*:DatasetIdentifier
        S DisassociateDatasetKmsKeyOutput
        S EnableAlarmActionsInput AlarmNames*:AlarmNames
        S EnableInsightRulesInput RuleNames*:InsightRuleNames
        S EnableInsightRulesOutput Failures:BatchFailures
        F LimitExceededException code=LimitExceededException status=400
        S GetAlarmMuteRuleInput AlarmMuteRuleName*:Name
        S GetAlarmMuteRuleOutput Name:Name AlarmMuteRuleArn:Arn Description:AlarmDescription Rule:Rule\#
         MuteTargets:MuteTargets StartDate:Timestamp ExpireDate:Timestamp Status:AlarmMuteRuleStatus\#
         LastUpdatedTimestamp:Timestamp MuteType:MuteType
        s Arn 1..1600
        S Rule Schedule*:Schedule
        S Schedule Expression*:Expression Duration*:Duration Timezone:Timezone
        s Expression 1..256
        s Duration 1..50
        S MuteTargets AlarmNames*:MuteTargetAlarmNameList
        L MuteTargetAlarmNameList Name ..100
        e AlarmMuteRuleStatus =SCHEDULED =ACTIVE =EXPIRED
        s MuteType
        S GetDashboardInput DashboardName*:DashboardName
        S GetDashboardOutput DashboardArn:DashboardArn DashboardBody:DashboardBody DashboardName:DashboardName
        s DashboardArn
        s DashboardBody
        F DashboardNotFoundError code=ResourceNotFound status=404 message:DashboardErrorMessage
        s DashboardErrorMessage
        S GetDatasetInput DatasetIdentifier*:DatasetIdentifier
        S GetDatasetOutput DatasetId*:DatasetId Arn*:DatasetArn KmsKeyArn:KmsKeyArn
        s DatasetId 7..7 /default
        s DatasetArn 1..2048 /arn:[a-zA-Z0-9-]+:cloudwatch:[a-zA-Z0-9-]*:\d{12}:dataset/default
        S GetInsightRuleReportInput RuleName*:InsightRuleName StartTime*:Timestamp EndTime*:Timestamp Period*:Period\#
         MaxContributorCount:InsightRuleUnboundInteger Metrics:InsightRuleMetricList OrderBy:InsightRuleOrderBy
        i InsightRuleUnboundInteger
        L InsightRuleMetricList InsightRuleMetricName
        s InsightRuleMetricName 1..32 /[\x20-\x7E]+
        s InsightRuleOrderBy 1..32 /[\x20-\x7E]+
        S GetInsightRuleReportOutput KeyLabels:InsightRuleContributorKeyLabels\#
         AggregationStatistic:InsightRuleAggregationStatistic AggregateValue:InsightRuleUnboundDouble\#
         ApproximateUniqueCount:InsightRuleUnboundLong Contributors:InsightRuleContributors\#
         MetricDatapoints:InsightRuleMetricDatapoints
        L InsightRuleContributorKeyLabels InsightRuleContributorKeyLabel
        s InsightRuleContributorKeyLabel
        s InsightRuleAggregationStatistic
        d InsightRuleUnboundDouble
        l InsightRuleUnboundLong
        L InsightRuleContributors InsightRuleContributor
        S InsightRuleContributor Keys*:InsightRuleContributorKeys ApproximateAggregateValue*:InsightRuleUnboundDouble\#
         Datapoints*:InsightRuleContributorDatapoints
        L InsightRuleContributorKeys InsightRuleContributorKey
        s InsightRuleContributorKey
        L InsightRuleContributorDatapoints InsightRuleContributorDatapoint
        S InsightRuleContributorDatapoint Timestamp*:Timestamp ApproximateValue*:InsightRuleUnboundDouble
        L InsightRuleMetricDatapoints InsightRuleMetricDatapoint
        S InsightRuleMetricDatapoint Timestamp*:Timestamp UniqueContributors:InsightRuleUnboundDouble\#
         MaxContributorValue:InsightRuleUnboundDouble SampleCount:InsightRuleUnboundDouble\#
         Average:InsightRuleUnboundDouble Sum:InsightRuleUnboundDouble Minimum:InsightRuleUnboundDouble\#
         Maximum:InsightRuleUnboundDouble
        S GetMetricDataInput MetricDataQueries*:MetricDataQueries StartTime*:Timestamp EndTime*:Timestamp\#
         NextToken:NextToken ScanBy:ScanBy MaxDatapoints:GetMetricDataMaxDatapoints LabelOptions:LabelOptions
        i GetMetricDataMaxDatapoints
        S LabelOptions Timezone:GetMetricDataLabelTimezone
        s GetMetricDataLabelTimezone
        S GetMetricDataOutput MetricDataResults:MetricDataResults NextToken:NextToken\#
         Messages:MetricDataResultMessages
        L MetricDataResults MetricDataResult
        S MetricDataResult Id:MetricId Label:MetricLabel Timestamps:Timestamps Values:DatapointValues\#
         StatusCode:StatusCode Messages:MetricDataResultMessages
        L Timestamps Timestamp
        L DatapointValues DatapointValue
        d DatapointValue
        e StatusCode =Complete =InternalError =PartialData =Forbidden
        L MetricDataResultMessages MessageData
        S MessageData Code:MessageDataCode Value:MessageDataValue
        s MessageDataCode
        s MessageDataValue
        S GetMetricDataQueryDefinitionInput Id*:DefinitionId
        S GetMetricDataQueryDefinitionOutput Id*:DefinitionId Arn*:AmazonResourceName Path*:DefinitionPath\#
         Expression*:MetricExpressionString Type*:QueryType CreatedAt*:Timestamp UpdatedAt*:Timestamp
        s DefinitionPath 1..1024 /[\p{L}\p{M}\p{N}\p{P}\p{S}\p{Zs}]+
        s MetricExpressionString 1..65536 secret
        e QueryType =PROMQL =SQL =METRIC_MATH
        S GetMetricStatisticsInput Namespace*:Namespace MetricName*:MetricName Dimensions:Dimensions\#
         StartTime*:Timestamp EndTime*:Timestamp Period*:Period Statistics:Statistics\#
         ExtendedStatistics:ExtendedStatistics Unit:StandardUnit
        L Statistics Statistic 1..5
        L ExtendedStatistics ExtendedStatistic 1..10
        S GetMetricStatisticsOutput Label:MetricLabel Datapoints:Datapoints
        L Datapoints Datapoint
        S Datapoint Timestamp:Timestamp SampleCount:DatapointValue Average:DatapointValue Sum:DatapointValue\#
         Minimum:DatapointValue Maximum:DatapointValue Unit:StandardUnit ExtendedStatistics:DatapointValueMap
        M DatapointValueMap ExtendedStatistic DatapointValue
        S GetMetricStreamInput Name*:MetricStreamName
        S GetMetricStreamOutput Arn:AmazonResourceName Name:MetricStreamName IncludeFilters:MetricStreamFilters\#
         ExcludeFilters:MetricStreamFilters FirehoseArn:AmazonResourceName RoleArn:AmazonResourceName\#
         State:MetricStreamState CreationDate:Timestamp LastUpdateDate:Timestamp OutputFormat:MetricStreamOutputFormat\#
         StatisticsConfigurations:MetricStreamStatisticsConfigurations\#
         IncludeLinkedAccountsMetrics:IncludeLinkedAccountsMetrics
        L MetricStreamFilters MetricStreamFilter
        S MetricStreamFilter Namespace:Namespace MetricNames:MetricStreamFilterMetricNames
        L MetricStreamFilterMetricNames MetricName
        s MetricStreamState
        e MetricStreamOutputFormat =json =opentelemetry0.7 =opentelemetry1.0
        L MetricStreamStatisticsConfigurations MetricStreamStatisticsConfiguration
        S MetricStreamStatisticsConfiguration IncludeMetrics*:MetricStreamStatisticsIncludeMetrics\#
         AdditionalStatistics*:MetricStreamStatisticsAdditionalStatistics
        L MetricStreamStatisticsIncludeMetrics MetricStreamStatisticsMetric
        S MetricStreamStatisticsMetric Namespace*:Namespace MetricName*:MetricName
        L MetricStreamStatisticsAdditionalStatistics MetricStreamStatistic
        s MetricStreamStatistic
        b IncludeLinkedAccountsMetrics
        S GetMetricWidgetImageInput MetricWidget*:MetricWidget OutputFormat:OutputFormat
        s MetricWidget
        s OutputFormat
        S GetMetricWidgetImageOutput MetricWidgetImage:MetricWidgetImage
        x MetricWidgetImage
        S GetOTelEnrichmentInput
        S GetOTelEnrichmentOutput Status*:OTelEnrichmentStatus IncludeFilters:OTelEnrichmentMetricSelectorList\#
         ExcludeFilters:OTelEnrichmentMetricSelectorList CreatedAt:Timestamp UpdatedAt:Timestamp
        e OTelEnrichmentStatus =Running =Stopped
        L OTelEnrichmentMetricSelectorList OTelEnrichmentMetricSelector 0..100
        S OTelEnrichmentMetricSelector Namespace*:Namespace MetricNames:OTelEnrichmentMetricNameList
        L OTelEnrichmentMetricNameList MetricName 0..100
        S GetResourceMetricsConfigurationInput ResourceArn*:ResourceArn
        S GetResourceMetricsConfigurationOutput ResourceMetricsConfiguration*:ResourceMetricsConfiguration
        S ListAlarmMuteRulesInput AlarmName:Name Statuses:AlarmMuteRuleStatuses MaxRecords:MaxRecords\#
         NextToken:NextToken
        L AlarmMuteRuleStatuses AlarmMuteRuleStatus
        S ListAlarmMuteRulesOutput AlarmMuteRuleSummaries:AlarmMuteRuleSummaries NextToken:NextToken
        L AlarmMuteRuleSummaries AlarmMuteRuleSummary
        S AlarmMuteRuleSummary AlarmMuteRuleArn:Arn ExpireDate:Timestamp Status:AlarmMuteRuleStatus MuteType:MuteType\#
         LastUpdatedTimestamp:Timestamp
        S ListDashboardsInput DashboardNamePrefix:DashboardNamePrefix NextToken:NextToken
        s DashboardNamePrefix
        S ListDashboardsOutput DashboardEntries:DashboardEntries NextToken:NextToken
        L DashboardEntries DashboardEntry
        S DashboardEntry DashboardName:DashboardName DashboardArn:DashboardArn LastModified:LastModified Size:Size
        t LastModified
        l Size
        S ListManagedInsightRulesInput ResourceARN*:AmazonResourceName NextToken:NextToken\#
         MaxResults:InsightRuleMaxResults
        S ListManagedInsightRulesOutput ManagedRules:ManagedRuleDescriptions NextToken:NextToken
        L ManagedRuleDescriptions ManagedRuleDescription
        S ManagedRuleDescription TemplateName:TemplateName ResourceARN:AmazonResourceName RuleState:ManagedRuleState
        s TemplateName 1..128 /[0-9A-Za-z][\-\.\_0-9A-Za-z]{0,126}[0-9A-Za-z]
        S ManagedRuleState RuleName*:InsightRuleName State*:InsightRuleState
        S ListMetricDataQueryDefinitionsInput MaxResults:MaxResults NextToken:MetricDataQueryDefinitionNextToken
        i MaxResults 1..100
        s MetricDataQueryDefinitionNextToken 1..256 /[A-Za-z0-9_-]+
        S ListMetricDataQueryDefinitionsOutput Items*:MetricDataQueryDefinitionSummaries\#
         NextToken:MetricDataQueryDefinitionNextToken
        L MetricDataQueryDefinitionSummaries MetricDataQueryDefinitionSummary
        S MetricDataQueryDefinitionSummary Id*:DefinitionId Path*:DefinitionPath Type*:QueryType UpdatedAt:Timestamp
        S ListMetricStreamsInput NextToken:NextToken MaxResults:ListMetricStreamsMaxResults
        i ListMetricStreamsMaxResults 1..500
        S ListMetricStreamsOutput NextToken:NextToken Entries:MetricStreamEntries
        L MetricStreamEntries MetricStreamEntry
        S MetricStreamEntry Arn:AmazonResourceName CreationDate:Timestamp LastUpdateDate:Timestamp\#
         Name:MetricStreamName FirehoseArn:AmazonResourceName State:MetricStreamState\#
         OutputFormat:MetricStreamOutputFormat
        S ListMetricsInput Namespace:Namespace MetricName:MetricName Dimensions:DimensionFilters NextToken:NextToken\#
         RecentlyActive:RecentlyActive IncludeLinkedAccounts:IncludeLinkedAccounts OwningAccount:AccountId
        L DimensionFilters DimensionFilter ..10
        S DimensionFilter Name*:DimensionName Value:DimensionValue
        e RecentlyActive =PT3H
        b IncludeLinkedAccounts
        S ListMetricsOutput Metrics:Metrics NextToken:NextToken OwningAccounts:OwningAccounts
        L Metrics Metric
        L OwningAccounts AccountId
        S ListTagsForResourceInput ResourceARN*:AmazonResourceName
        S ListTagsForResourceOutput Tags:TagList
        S PutAlarmMuteRuleInput Name*:Name Description:AlarmDescription Rule*:Rule MuteTargets:MuteTargets\#
         Tags:TagList StartDate:Timestamp ExpireDate:Timestamp
        F LimitExceededFault code=LimitExceeded status=400 message:ErrorMessage
        S PutAnomalyDetectorInput Namespace:Namespace MetricName:MetricName Dimensions:Dimensions\#
         Stat:AnomalyDetectorMetricStat Configuration:AnomalyDetectorConfiguration\#
         MetricCharacteristics:MetricCharacteristics SingleMetricAnomalyDetector:SingleMetricAnomalyDetector\#
         MetricMathAnomalyDetector:MetricMathAnomalyDetector
        S PutAnomalyDetectorOutput AnomalyDetectorId:AnomalyDetectorId
        S PutCompositeAlarmInput ActionsEnabled:ActionsEnabled AlarmActions:ResourceList\#
         AlarmDescription:AlarmDescription AlarmName*:AlarmName AlarmRule*:AlarmRule\#
         InsufficientDataActions:ResourceList OKActions:ResourceList Tags:TagList ActionsSuppressor:AlarmArn\#
         ActionsSuppressorWaitPeriod:SuppressorPeriod ActionsSuppressorExtensionPeriod:SuppressorPeriod\#
         ActionConfiguration:ActionConfiguration
        S PutDashboardInput DashboardName*:DashboardName DashboardBody*:DashboardBody Tags:TagList
        S PutDashboardOutput DashboardValidationMessages:DashboardValidationMessages
        L DashboardValidationMessages DashboardValidationMessage
        S DashboardValidationMessage DataPath:DataPath Message:Message
        s DataPath
        s Message
        F DashboardInvalidInputError code=InvalidParameterInput status=400 message:DashboardErrorMessage\#
         dashboardValidationMessages:DashboardValidationMessages
        S PutInsightRuleInput RuleName*:InsightRuleName RuleState:InsightRuleState\#
         RuleDefinition*:InsightRuleDefinition Tags:TagList ApplyOnTransformedLogs:InsightRuleOnTransformedLogs
        S PutInsightRuleOutput
        S PutLogAlarmInput AlarmName*:AlarmName AlarmDescription:AlarmDescription\#
         ScheduledQueryConfiguration*:ScheduledQueryConfiguration ActionLogLineCount:ActionLogLineCount\#
         ActionLogLineRoleArn:ActionLogLineRoleArn ActionsEnabled:ActionsEnabled OKActions:ResourceList\#
         AlarmActions:ResourceList InsufficientDataActions:ResourceList QueryResultsToEvaluate*:QueryResultsToEvaluate\#
         QueryResultsToAlarm*:QueryResultsToAlarm Threshold*:Threshold ComparisonOperator*:ComparisonOperator\#
         TreatMissingData:TreatMissingData Tags:TagList WarmUpConfiguration:WarmUpConfiguration\#
         ActionConfiguration:ActionConfiguration
        S PutManagedInsightRulesInput ManagedRules*:ManagedRules
        L ManagedRules ManagedRule
        S ManagedRule TemplateName*:TemplateName ResourceARN*:AmazonResourceName Tags:TagList
        S PutManagedInsightRulesOutput Failures:BatchFailures
        S PutMetricAlarmInput AlarmName*:AlarmName AlarmDescription:AlarmDescription ActionsEnabled:ActionsEnabled\#
         OKActions:ResourceList AlarmActions:ResourceList InsufficientDataActions:ResourceList MetricName:MetricName\#
         Namespace:Namespace Statistic:Statistic ExtendedStatistic:ExtendedStatistic Dimensions:Dimensions\#
         Period:Period Unit:StandardUnit EvaluationPeriods:EvaluationPeriods DatapointsToAlarm:DatapointsToAlarm\#
         Threshold:Threshold ComparisonOperator:ComparisonOperator TreatMissingData:TreatMissingData\#
         EvaluateLowSampleCountPercentile:EvaluateLowSampleCountPercentile Metrics:MetricDataQueries Tags:TagList\#
         ThresholdMetricId:MetricId EvaluationWindow:EvaluationWindow WarmUpConfiguration:WarmUpConfiguration\#
         EvaluationCriteria:EvaluationCriteria EvaluationInterval:EvaluationInterval\#
         ActionConfiguration:ActionConfiguration
        S PutMetricDataInput Namespace*:Namespace MetricData:MetricData EntityMetricData:EntityMetricDataList\#
         StrictEntityValidation:StrictEntityValidation
        L MetricData MetricDatum
        S MetricDatum MetricName*:MetricName Dimensions:Dimensions Timestamp:Timestamp Value:DatapointValue\#
         StatisticValues:StatisticSet Values:Values Counts:Counts Unit:StandardUnit\#
         StorageResolution:StorageResolution
        S StatisticSet SampleCount*:DatapointValue Sum*:DatapointValue Minimum*:DatapointValue Maximum*:DatapointValue
        L Values DatapointValue
        L Counts DatapointValue
        i StorageResolution 1..
        L EntityMetricDataList EntityMetricData
        S EntityMetricData Entity:Entity MetricData:MetricData
        S Entity KeyAttributes:EntityKeyAttributesMap Attributes:EntityAttributesMap
        M EntityKeyAttributesMap EntityKeyAttributesMapKeyString EntityKeyAttributesMapValueString
        s EntityKeyAttributesMapKeyString
        s EntityKeyAttributesMapValueString
        M EntityAttributesMap EntityAttributesMapKeyString EntityAttributesMapValueString
        s EntityAttributesMapKeyString
        s EntityAttributesMapValueString
        b StrictEntityValidation
        S PutMetricDataQueryDefinitionInput Id:DefinitionId Path*:DefinitionPath Expression*:MetricExpressionString\#
         Type*:QueryType Tags:TagList
        S PutMetricDataQueryDefinitionOutput Id*:DefinitionId Arn*:AmazonResourceName Path*:DefinitionPath\#
         Expression*:MetricExpressionString Type*:QueryType CreatedAt*:Timestamp UpdatedAt*:Timestamp
        S PutMetricStreamInput Name*:MetricStreamName IncludeFilters:MetricStreamFilters\#
         ExcludeFilters:MetricStreamFilters FirehoseArn*:AmazonResourceName RoleArn*:AmazonResourceName\#
         OutputFormat*:MetricStreamOutputFormat Tags:TagList\#
         StatisticsConfigurations:MetricStreamStatisticsConfigurations\#
         IncludeLinkedAccountsMetrics:IncludeLinkedAccountsMetrics
        S PutMetricStreamOutput Arn:AmazonResourceName
        F ConcurrentModificationException code=ConcurrentModificationException status=429
        S SetAlarmStateInput AlarmName*:AlarmName StateValue*:StateValue StateReason*:StateReason\#
         StateReasonData:StateReasonData
        F InvalidFormatFault code=InvalidFormat status=400 message:ErrorMessage
        S StartMetricStreamsInput Names*:MetricStreamNames
        L MetricStreamNames MetricStreamName
        S StartMetricStreamsOutput
        S StartOTelEnrichmentInput IncludeFilters:OTelEnrichmentMetricSelectorList\#
         ExcludeFilters:OTelEnrichmentMetricSelectorList
        S StartOTelEnrichmentOutput IncludeFilters:OTelEnrichmentMetricSelectorList\#
         ExcludeFilters:OTelEnrichmentMetricSelectorList CreatedAt:Timestamp UpdatedAt:Timestamp
        F ValidationException code=ValidationError status=400 message:ValidationExceptionMessage
        s ValidationExceptionMessage
        S StopMetricStreamsInput Names*:MetricStreamNames
        S StopMetricStreamsOutput
        S StopOTelEnrichmentInput
        S StopOTelEnrichmentOutput
        S TagResourceInput ResourceARN*:AmazonResourceName Tags*:TagList
        S TagResourceOutput
        S UntagResourceInput ResourceARN*:AmazonResourceName TagKeys*:TagKeyList
        L TagKeyList TagKey
        S UntagResourceOutput
        S UpdateOTelEnrichmentInput IncludeFilters:OTelEnrichmentMetricSelectorList\#
         ExcludeFilters:OTelEnrichmentMetricSelectorList
        S UpdateOTelEnrichmentOutput IncludeFilters:OTelEnrichmentMetricSelectorList\#
         ExcludeFilters:OTelEnrichmentMetricSelectorList CreatedAt:Timestamp UpdatedAt:Timestamp
        S UpdateResourceMetricsConfigurationInput ResourceArn*:ResourceArn\#
         MetricSelections:ResourceMetricSelectionList
        S UpdateResourceMetricsConfigurationOutput ResourceMetricsConfiguration*:ResourceMetricsConfiguration
        """#
}
