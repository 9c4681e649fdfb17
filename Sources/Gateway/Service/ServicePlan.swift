import GatehouseCore
import GatehouseDefense
import GatehouseHTTP

/// What a service is built from: everything decided, nothing running.
struct ServicePlan {
    var hosts: HostNames
    var client: ClientIdentity
    var routes: [Route]
    /// By the routes' indices.
    var endpoints: [Endpoint]
    /// By the routes' indices; nil where nobody reads the input.
    var inputs: [InputCheck?]
    var parts: Pipeline.Parts
    var responder: RejectionResponder
    var observers: Observers
    /// For requests that no route takes.
    var timeout: Duration
}
