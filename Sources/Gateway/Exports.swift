// What a user's program types comes with `import Gatehouse` alone.
@_exported public import GatehouseCore
@_exported public import GatehouseDefense
@_exported public import GatehouseHTTP
@_exported public import GatehouseIdentity
@_exported public import GatehouseStorage
@_exported public import GatehouseValidation
