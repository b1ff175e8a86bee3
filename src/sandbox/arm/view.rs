//! The shapes of what is shown: subscriptions, groups, hubs, keys, clusters, as Azure Resource Manager writes them.

use serde_json::{Value, json};

use super::estate::{Cluster, Estate, IotHub, Policy, Subscription};

pub(super) fn tenant(estate: &Estate) -> Value {
    let id = &estate.tenant;
    json!({
        "id": format!("/tenants/{id}"), "tenantId": id, "countryCode": "NL",
        "displayName": "hdikafka sandbox", "domains": [], "tenantCategory": "Home",
        "tenantType": "AAD",
    })
}

pub(super) fn subscription(estate: &Estate, subscription: &Subscription) -> Value {
    let id = &subscription.id;
    json!({
        "id": format!("/subscriptions/{id}"), "authorizationSource": "RoleBased",
        "managedByTenants": [], "subscriptionId": id, "tenantId": estate.tenant,
        "displayName": subscription.name, "state": "Enabled",
        "subscriptionPolicies": {
            "locationPlacementId": "Public_2014-09-01", "quotaId": "PayAsYouGo_2014-09-01",
            "spendingLimit": "Off",
        },
    })
}

pub(super) fn group(subscription: &Subscription, name: &str) -> Value {
    json!({
        "id": format!("/subscriptions/{}/resourceGroups/{name}", subscription.id), "name": name,
        "type": "Microsoft.Resources/resourceGroups", "location": "westeurope",
        "properties": {"provisioningState": "Succeeded"},
    })
}

fn id(subscription: &str, group: &str, kind: &str, name: &str) -> String {
    format!("/subscriptions/{subscription}/resourceGroups/{group}/providers/{kind}/{name}")
}

pub(super) fn hub(subscription: &Subscription, hub: &IotHub) -> Value {
    let mut events = json!({"retentionTimeInDays": 1, "partitionCount": hub.partitions});
    let state = if hub.activating {
        "Activating"
    } else {
        let ids: Vec<String> = (0..hub.partitions).map(|id| id.to_string()).collect();
        events["partitionIds"] = json!(ids);
        events["path"] = json!(hub.events_path);
        events["endpoint"] = json!(format!("sb://{}/", hub.events_host));
        "Active"
    };
    let mut properties = json!({
        "locations": [{"location": hub.location, "role": "primary"}],
        "state": state,
        "provisioningState": if hub.activating { "Activating" } else { "Succeeded" },
        "ipFilterRules": [],
        "eventHubEndpoints": {"events": events},
        "routing": {
            "endpoints": {"serviceBusQueues": [], "serviceBusTopics": [], "eventHubs": [],
                "storageContainers": [], "cosmosDBSqlContainers": []},
            "routes": [],
            "fallbackRoute": {"name": "$fallback", "source": "DeviceMessages", "condition": "true",
                "endpointNames": ["events"], "isEnabled": true},
        },
        "storageEndpoints": {"$default": {"sasTtlAsIso8601": "PT1H", "connectionString": "", "containerName": ""}},
        "messagingEndpoints": {"fileNotifications": {"lockDurationAsIso8601": "PT5S", "ttlAsIso8601": "PT1H", "maxDeliveryCount": 10}},
        "enableFileUploadNotifications": false,
        "cloudToDevice": {"maxDeliveryCount": 10, "defaultTtlAsIso8601": "PT1H",
            "feedback": {"lockDurationAsIso8601": "PT5S", "ttlAsIso8601": "PT1H", "maxDeliveryCount": 10}},
        "features": "None", "allowedFqdnList": [],
    });
    if !hub.activating {
        properties["hostName"] = json!(hub.host_name);
    }
    let sku = match hub.tier.as_str() {
        "Basic" => "B1",
        "Free" => "F1",
        _ => "S1",
    };
    json!({
        "id": id(&subscription.id, &hub.group, "Microsoft.Devices/IotHubs", &hub.name),
        "name": hub.name, "type": "Microsoft.Devices/IotHubs", "location": hub.location,
        "tags": {}, "subscriptionid": subscription.id, "resourcegroup": hub.group,
        "etag": "AAAADH84KPU=", "properties": properties,
        "sku": {"name": sku, "tier": hub.tier, "capacity": 1},
        "identity": {"type": "None"},
        "systemData": {"createdAt": "2023-09-19T17:23:07.7433333Z"},
    })
}

/// With its keys: that is what the action is for.
pub(super) fn policy(policy: &Policy) -> Value {
    json!({
        "keyName": policy.name, "primaryKey": policy.primary_key.expose(),
        "secondaryKey": policy.secondary_key.expose(), "rights": policy.rights,
    })
}

pub(super) fn consumer_group(subscription: &Subscription, hub: &IotHub, name: &str) -> Value {
    let hub_id = id(
        &subscription.id,
        &hub.group,
        "Microsoft.Devices/IotHubs",
        &hub.name,
    );
    let segment = name.replace('$', "%24");
    json!({
        "id": format!("{hub_id}/eventHubEndpoints/events/ConsumerGroups/{segment}"), "name": name,
        "type": "Microsoft.Devices/IotHubs/EventHubEndpoints/ConsumerGroups", "etag": null,
        "properties": {"created": "Thu, 15 Jun 2017 19:20:58 GMT"},
    })
}

/// Whether the name is free, as the provider says it of hubs.
pub(super) fn availability(name: &str, taken: bool) -> Value {
    if taken {
        let message = format!("IotHub name '{name}' is not available");
        return json!({"nameAvailable": false, "reason": "AlreadyExists", "message": message});
    }
    json!({"nameAvailable": true, "reason": "Invalid", "message": null})
}

pub(super) fn cluster(subscription: &Subscription, cluster: &Cluster) -> Value {
    let name = &cluster.name;
    let role = |role: &str, count: u32, size: &str, user: &str| {
        json!({
            "name": role, "targetInstanceCount": count, "hardwareProfile": {"vmSize": size},
            "osProfile": {"linuxOperatingSystemProfile": {"username": user}}, "encryptDataDisks": false,
        })
    };
    let mut roles = vec![
        role("headnode", 2, "standard_e4_v3", "sshuser"),
        role("workernode", cluster.workers, "standard_e4_v3", "sshuser"),
        role("zookeepernode", 3, "standard_a2_v2", "sshuser"),
        role("edgenode", 1, "standard_d3_v2", "sshuser"),
    ];
    let endpoint = |name: &str, host: String, port: u16| json!({"name": name, "protocol": "TCP", "location": host, "port": port});
    let mut endpoints = vec![
        endpoint("SSH", format!("{name}-ssh.azurehdinsight.net"), 22),
        endpoint("HTTPS", format!("{name}.azurehdinsight.net"), 443),
    ];
    let mut properties = json!({
        "clusterVersion": cluster.version, "osType": "Linux",
        "clusterDefinition": {"kind": "kafka", "componentVersion": {"kafka": cluster.kafka}},
        "clusterId": "4e225e33bee04e628f59cb3b73f5e65a",
        "provisioningState": cluster.provisioning_state,
        "clusterState": if cluster.provisioning_state == "Succeeded" { "Running" } else { "Accepted" },
        "createdDate": "2023-02-08T02:43:45.817", "quotaInfo": {"coresUsed": 36},
        "tier": if cluster.security_package { "premium" } else { "standard" },
        "encryptionInTransitProperties": {"isEncryptionInTransitEnabled": false},
    });
    if let Some(group) = &cluster.rest_proxy {
        roles.push(role(
            "kafkamanagementnode",
            2,
            "standard_d4_v2",
            "kmuser8f49b",
        ));
        let host = format!("{name}-kafkarest.azurehdinsight.net");
        endpoints.push(endpoint("KafkaRestProxyPublicEndpoint", host, 443));
        properties["kafkaRestProperties"] = json!({
            "clientGroupInfo": {"groupName": group.name, "groupId": group.id},
            "configurationOverride": null,
        });
    }
    if cluster.security_package {
        properties["securityProfile"] = json!({"directoryType": "ActiveDirectory"});
    }
    properties["computeProfile"] = json!({"roles": roles});
    properties["connectivityEndpoints"] = json!(endpoints);
    json!({
        "id": id(&subscription.id, &cluster.group, "Microsoft.HDInsight/clusters", name),
        "name": name, "type": "Microsoft.HDInsight/clusters", "location": cluster.location,
        "etag": "a8541c80-8f8e-4a45-8b3a-1d1d4a3b2f00", "tags": null, "properties": properties,
    })
}
