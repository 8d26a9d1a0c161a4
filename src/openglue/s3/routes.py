"""Where a run's calls to AWS services go: the routes, as environment variables of AWS SDKs, and the way back.

SDKs look for AWS_ENDPOINT_URL_<SERVICE>, then for AWS_ENDPOINT_URL, so the second one catches every service that has no
route: its calls come to us and fail at once (design 8). An SDK cannot be told to take one service back from it, not
even by an empty variable, so the route `aws` names AWS's own address. Standard library only: the runner imports this
module.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from urllib.parse import urlsplit

#: What we answer ourselves unless a route says otherwise.
EMBEDDED = ("glue", "iam", "logs", "s3", "sts")

# Services are named as boto3 names its clients. The variable's name is that in capitals, except for these (botocore).
_VARIABLES = {
    "apigateway": "API_GATEWAY",
    "application-autoscaling": "APPLICATION_AUTO_SCALING",
    "appmesh": "APP_MESH",
    "autoscaling": "AUTO_SCALING",
    "autoscaling-plans": "AUTO_SCALING_PLANS",
    "ce": "COST_EXPLORER",
    "cloudhsmv2": "CLOUDHSM_V2",
    "cloudsearchdomain": "CLOUDSEARCH_DOMAIN",
    "cognito-idp": "COGNITO_IDENTITY_PROVIDER",
    "config": "CONFIG_SERVICE",
    "cur": "COST_AND_USAGE_REPORT_SERVICE",
    "datapipeline": "DATA_PIPELINE",
    "devicefarm": "DEVICE_FARM",
    "directconnect": "DIRECT_CONNECT",
    "discovery": "APPLICATION_DISCOVERY_SERVICE",
    "dms": "DATABASE_MIGRATION_SERVICE",
    "ds": "DIRECTORY_SERVICE",
    "ds-data": "DIRECTORY_SERVICE_DATA",
    "dynamodbstreams": "DYNAMODB_STREAMS",
    "elasticbeanstalk": "ELASTIC_BEANSTALK",
    "elb": "ELASTIC_LOAD_BALANCING",
    "elbv2": "ELASTIC_LOAD_BALANCING_V2",
    "es": "ELASTICSEARCH_SERVICE",
    "events": "EVENTBRIDGE",
    "globalaccelerator": "GLOBAL_ACCELERATOR",
    "iot-data": "IOT_DATA_PLANE",
    "iot-jobs-data": "IOT_JOBS_DATA_PLANE",
    "iotwireless": "IOT_WIRELESS",
    "kinesisanalytics": "KINESIS_ANALYTICS",
    "kinesisanalyticsv2": "KINESIS_ANALYTICS_V2",
    "kinesisvideo": "KINESIS_VIDEO",
    "lex-models": "LEX_MODEL_BUILDING_SERVICE",
    "lex-runtime": "LEX_RUNTIME_SERVICE",
    "lexv2-models": "LEX_MODELS_V2",
    "lexv2-runtime": "LEX_RUNTIME_V2",
    "logs": "CLOUDWATCH_LOGS",
    "machinelearning": "MACHINE_LEARNING",
    "marketplace-entitlement": "MARKETPLACE_ENTITLEMENT_SERVICE",
    "marketplacecommerceanalytics": "MARKETPLACE_COMMERCE_ANALYTICS",
    "meteringmarketplace": "MARKETPLACE_METERING",
    "mgh": "MIGRATION_HUB",
    "resourcegroupstaggingapi": "RESOURCE_GROUPS_TAGGING_API",
    "route53": "ROUTE_53",
    "route53domains": "ROUTE_53_DOMAINS",
    "s3control": "S3_CONTROL",
    "sdb": "SIMPLEDB",
    "secretsmanager": "SECRETS_MANAGER",
    "serverlessrepo": "SERVERLESSAPPLICATIONREPOSITORY",
    "servicecatalog": "SERVICE_CATALOG",
    "servicecatalog-appregistry": "SERVICE_CATALOG_APPREGISTRY",
    "sms-voice": "PINPOINT_SMS_VOICE",
    "stepfunctions": "SFN",
    "storagegateway": "STORAGE_GATEWAY",
}

# AWS's hosts are <service>.<region>, except for these; a name without {region} has one host for all regions.
_HOSTS = {
    "amp": "aps.{region}",
    "apigatewayv2": "apigateway.{region}",
    "bedrock-agentcore-control": "bedrock-agentcore-control.{region}",
    "budgets": "budgets",
    "ce": "ce.us-east-1",
    "cloudcontrol": "cloudcontrolapi.{region}",
    "cloudfront": "cloudfront",
    "cloudwatch": "monitoring.{region}",
    "customer-profiles": "profile.{region}",
    "docdb": "rds.{region}",
    "dynamodbstreams": "streams.dynamodb.{region}",
    "ecr": "api.ecr.{region}",
    "efs": "elasticfilesystem.{region}",
    "elb": "elasticloadbalancing.{region}",
    "elbv2": "elasticloadbalancing.{region}",
    "emr": "elasticmapreduce.{region}",
    "iam": "iam",
    "kinesisanalyticsv2": "kinesisanalytics.{region}",
    "keyspaces": "cassandra.{region}",
    "mwaa": "airflow.{region}",
    "neptune": "rds.{region}",
    "opensearch": "es.{region}",
    "opensearchserverless": "aoss.{region}",
    "organizations": "organizations.us-east-1",
    "pricing": "api.pricing.{region}",
    "resourcegroupstaggingapi": "tagging.{region}",
    "route53": "route53",
    "sagemaker": "api.sagemaker.{region}",
    "sagemaker-featurestore-runtime": "featurestore-runtime.sagemaker.{region}",
    "sagemaker-runtime": "runtime.sagemaker.{region}",
    "service-quotas": "servicequotas.{region}",
    "ses": "email.{region}",
    "sesv2": "email.{region}",
    "stepfunctions": "states.{region}",
    "timestream-query": "query.timestream.{region}",
    "timestream-write": "ingest.timestream.{region}",
}

# A signature names a service by a name of its own; boto3's clients that sign so, where they are called otherwise.
_SIGNED_AS = {
    "airflow": ("mwaa",),
    "aoss": ("opensearchserverless",),
    "aps": ("amp",),
    "bedrock": ("bedrock", "bedrock-agent", "bedrock-agent-runtime", "bedrock-runtime"),
    "cassandra": ("keyspaces",),
    "cloudcontrolapi": ("cloudcontrol",),
    "dynamodb": ("dynamodb", "dynamodbstreams"),
    "elasticfilesystem": ("efs",),
    "elasticloadbalancing": ("elb", "elbv2"),
    "elasticmapreduce": ("emr",),
    "es": ("es", "opensearch"),
    "kinesisanalytics": ("kinesisanalytics", "kinesisanalyticsv2"),
    "monitoring": ("cloudwatch",),
    "profile": ("customer-profiles",),
    "rds": ("rds", "docdb", "neptune"),
    "sagemaker": ("sagemaker", "sagemaker-featurestore-runtime", "sagemaker-runtime"),
    "servicequotas": ("service-quotas",),
    "ses": ("ses", "sesv2"),
    "states": ("stepfunctions",),
    "tagging": ("resourcegroupstaggingapi",),
    "timestream": ("timestream-query", "timestream-write"),
}

# Credential=<key>/<date>/<region>/<service>/aws4_request; version 4a (asymmetric) has no region.
_SCOPE = re.compile(r"[^/,\s]+/[0-9]{8}(?:/(?P<region>[^/]*))?/(?P<service>[A-Za-z0-9._-]+)/aws4_request")
_V2 = re.compile(r"AWS [^:\s]+:\S+")


class RouteError(Exception):
    """A route that cannot be used; the message names the setting."""


def variable(service: str) -> str:
    """The environment variable in which SDKs look for a service's endpoint."""
    return "AWS_ENDPOINT_URL_" + _VARIABLES.get(service, service.upper().replace("-", "_"))


def aws_url(service: str, region: str) -> str:
    """AWS's own address of a service. Calls to a service with one host for all regions are signed for `region` too."""
    host = _HOSTS.get(service, service + ".{region}").format(region=region)
    return f"https://{host}.amazonaws.com" + (".cn" if region.startswith("cn-") else "")


def environment(routes: Mapping[str, str], endpoint: str, region: str = "us-east-1") -> dict[str, str]:
    """Environment variables that send a run's calls where `routes` say; `endpoint` is our own URL.

    A route is `embedded` (our endpoint), `aws` (the service in `region`) or a URL. Raises RouteError.
    """
    wanted = {
        "AWS_ENDPOINT_URL": endpoint,
        # A profile in ~/.aws/config may say the opposite.
        "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": "false",
    }
    if endpoint.startswith("http:"):
        wanted["AWS_ALLOW_HTTP"] = "true"  # what deltalake, polars and obstore ask for before they use plain HTTP
    for service in sorted({*EMBEDDED, *routes}):
        route = routes.get(service, "embedded")
        if route == "embedded":
            wanted[variable(service)] = endpoint
        elif route == "aws":
            wanted[variable(service)] = aws_url(service, region)
        elif urlsplit(route).scheme in {"http", "https"} and urlsplit(route).netloc:
            wanted[variable(service)] = route
        else:
            raise RouteError(f"setting routes: {service} = {route!r} is neither 'embedded' nor 'aws' nor a URL")
    return wanted


def service_of(authorization: str | None, query: Mapping[str, str] | None = None) -> str | None:
    """The service that a request is signed for: header or presigned query, version 4 or 2 (S3's old one).

    None for a request that is not signed. The signature itself is not looked at.
    """
    query = query or {}
    text = authorization or ""
    if text.startswith("AWS4-"):
        match = _SCOPE.search(text.partition("Credential=")[2])
        return match["service"].lower() if match else None
    if _V2.fullmatch(text) or {"AWSAccessKeyId", "Signature"} <= query.keys():
        return "s3"
    match = _SCOPE.fullmatch(query.get("X-Amz-Credential", ""))
    return match["service"].lower() if match else None


def unrouted_message(service: str) -> str:
    """What a call is told whose service has no route; `service` as in its signature."""
    clients = _SIGNED_AS.get(service, (service,))
    name = clients[0] if len(clients) == 1 else f"<one of {', '.join(clients)}>"
    return (
        f"OpenGlue does not serve the AWS service {service!r}, and it has no route. Set routes: {name} = a URL, or "
        f"'aws' for the real service (in the environment: OPENGLUE_ROUTES={name}=aws)"
    )
