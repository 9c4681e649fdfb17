/// Cases of `ConfigurationErrorTests`: `=== name`, a configuration, `~~~`, what people see.
let configurationErrorGoldens = #"""

    === an unknown key with its nearest spelling
    timeouts:
      hedaer: 10s
    ~~~
    error: unknown key `hedaer`
     --> gatehouse.yml:2:3 (timeouts.hedaer)
      |
    2 |   hedaer: 10s
      |   ^^^^^^
      = found: a key that `timeouts` does not have
      = expected: `header`, `header-rate-min`, `body-rate-min`, `idle`, `handler`, `drain`, `drain-delay`, `handshake`, `write` or `write-rate-min`
      = help: did you mean `header`?

    === an unknown key that nothing resembles
    wibble: 1
    ~~~
    error: unknown key `wibble`
     --> gatehouse.yml:1:1 (wibble)
      |
    1 | wibble: 1
      | ^^^^^^
      = found: a key that a configuration does not have
      = expected: `data`, `hosts`, `listeners`, `tls`, `trusted-proxies`, `connections`, `floods`, `http`, `timeouts`, `upstreams`, `routes`, `limits`, `geo`, `cors`, `input`, `validation`, `headers`, `tokens`, `roles`, `accounts`, `identity`, `redis`, `log`, `readiness`, `admin` or `server`

    === an unknown key whose value may be a secret
    tokens:
      issuers:
        - issuer: https://id.example.com
          audience: api
          keys: [{ algorithm: HS256, sekret: hunter2-hunter2-hunter2 }]
    ~~~
    error: unknown key `sekret`
     --> gatehouse.yml:5:34 (tokens.issuers[0].keys[0].sekret)
      |
    5 |       keys: [{ algorithm: HS256, sekret: *********************** }]
      |                                  ^^^^^^
      = found: a key that a token key does not have
      = expected: `kid`, `algorithm`, `secret` or `public-key`
      = help: did you mean `secret`?

    === a Redis address with its password in the file
    redis:
      url: redis://:hunter2@127.0.0.1
    ~~~
    error: an address that may hold a secret
     --> gatehouse.yml:2:8 (redis.url)
      |
    2 |   url: **************************
      |        ^^^^^^^^^^^^^^^^^^^^^^^^^^
      = found: something that is not shown
      = expected: an address without a password, `{ env: NAME }` or `{ file: PATH }`
      = help: keep it apart: `url: { env: REDIS_URL }`

    === an unknown key whose neighbour may hold a password
    redsi: redis://:hunter2@127.0.0.1
    ~~~
    error: unknown key `redsi`
     --> gatehouse.yml:1:1 (redsi)
      |
    1 | redsi: **************************
      | ^^^^^
      = found: a key that a configuration does not have
      = expected: `data`, `hosts`, `listeners`, `tls`, `trusted-proxies`, `connections`, `floods`, `http`, `timeouts`, `upstreams`, `routes`, `limits`, `geo`, `cors`, `input`, `validation`, `headers`, `tokens`, `roles`, `accounts`, `identity`, `redis`, `log`, `readiness`, `admin` or `server`
      = help: did you mean `redis`?

    === a Redis with nothing secret to hash with
    redis:
      url: redis://127.0.0.1:6379/0
    ~~~
    error: nothing secret to hash names with
     --> gatehouse.yml:2:3 (redis)
      |
    2 |   url: redis://127.0.0.1:6379/0
      |   ^
      = found: neither `key` nor a password in `url`
      = expected: `key: { env: NAME }`, the same at every gate
      = help: make one with `openssl rand -hex 32`

    === a Redis address that is none
    redis:
      url: http://127.0.0.1:6379
    ~~~
    error: an address that can't be used
     --> gatehouse.yml:2:3 (redis)
      |
    2 |   url: http://127.0.0.1:6379
      |   ^
      = found: not shown: it must begin with redis://, rediss://, redis+sentinel://, redis+cluster:// or redis+unix://
      = expected: `redis://host:port/0` or another form of docs/REDIS.md

    === a duplicate key
    http:
      body-max: 1MiB
      line-max: 1KiB
      body-max: 2MiB
    ~~~
    error: duplicate key `body-max`
     --> gatehouse.yml:4:3
      |
    4 |   body-max: 2MiB
      |   ^^^^^^^^
      = found: the key again, after line 2
      = expected: each key once

    === a duplicate key that holds a secret
    #bare
    secret: hunter2
    secret: hunter2
    ~~~
    error: duplicate key `secret`
     --> gatehouse.yml:3:1
      |
    3 | secret: *******
      | ^^^^^^
      = found: the key again, after line 2
      = expected: each key once

    === a list where a mapping belongs
    timeouts: [10s]
    ~~~
    error: wrong kind of value
     --> gatehouse.yml:1:11 (timeouts)
      |
    1 | timeouts: [10s]
      |           ^
      = found: a list
      = expected: a mapping with `header`, `header-rate-min`, `body-rate-min`, `idle`, `handler`, `drain`, `drain-delay`, `handshake`, `write` or `write-rate-min`

    === text where a mapping belongs
    http: large
    ~~~
    error: wrong kind of value
     --> gatehouse.yml:1:7 (http)
      |
    1 | http: large
      |       ^^^^^
      = found: `large`
      = expected: a mapping with `header-bytes-max`, `header-count-max`, `line-max` or `body-max`

    === a mapping where a list belongs
    routes: { path: / }
    ~~~
    error: wrong kind of value
     --> gatehouse.yml:1:9 (routes)
      |
    1 | routes: { path: / }
      |         ^
      = found: a mapping
      = expected: a list of routes

    === one value where a list belongs
    hosts: example.com
    ~~~
    error: wrong kind of value
     --> gatehouse.yml:1:8 (hosts)
      |
    1 | hosts: example.com
      |        ^^^^^^^^^^^
      = found: `example.com`
      = expected: a list of hosts
      = help: write `[example.com]`

    === a key without a value
    timeouts:
      header:
    ~~~
    error: wrong kind of value
     --> gatehouse.yml:2:10 (timeouts.header)
      |
    2 |   header:
      |          ^
      = found: nothing
      = expected: a duration from 100ms to 5m
      = help: give the key a value or remove it

    === a section without keys
    timeouts:
    ~~~
    error: wrong kind of value
     --> gatehouse.yml:1:10 (timeouts)
      |
    1 | timeouts:
      |          ^
      = found: nothing
      = expected: a mapping with `header`, `header-rate-min`, `body-rate-min`, `idle`, `handler`, `drain`, `drain-delay`, `handshake`, `write` or `write-rate-min`

    === an empty list of routes
    routes: []
    ~~~
    error: an empty list
     --> gatehouse.yml:1:9 (routes)
      |
    1 | routes: []
      |         ^
      = found: 0 values
      = expected: a list of routes, 1 to 10000 of them

    === missing routes
    #bare
    data: ./data
    ~~~
    error: missing key `routes`
     --> gatehouse.yml:2:1
      |
    2 | data: ./data
      | ^
      = found: a configuration without `routes`
      = expected: a list of routes

    === a word of YAML 1.1 for true
    upstreams: { api: { servers: [http://127.0.0.1:3000], identity: yes } }
    ~~~
    error: invalid value
     --> gatehouse.yml:1:65 (upstreams.api.identity)
      |
    1 | upstreams: { api: { servers: [http://127.0.0.1:3000], identity: yes } }
      |                                                                 ^^^
      = found: `yes`
      = expected: `true` or `false`
      = help: write `true`

    === a number out of range
    connections: { max: 0 }
    ~~~
    error: out of range
     --> gatehouse.yml:1:21 (connections.max)
      |
    1 | connections: { max: 0 }
      |                     ^
      = found: `0`
      = expected: a whole number from 1 to 10000000

    === a number that is text
    connections: { max: many }
    ~~~
    error: invalid value
     --> gatehouse.yml:1:21 (connections.max)
      |
    1 | connections: { max: many }
      |                     ^^^^
      = found: `many`
      = expected: a whole number from 1 to 10000000

    === a number with a sign
    http: { header-count-max: +100 }
    ~~~
    error: invalid value
     --> gatehouse.yml:1:27 (http.header-count-max)
      |
    1 | http: { header-count-max: +100 }
      |                           ^^^^
      = found: `+100`
      = expected: a whole number from 8 to 10000

    === a duration without a unit
    timeouts: { idle: 75 }
    ~~~
    error: invalid value
     --> gatehouse.yml:1:19 (timeouts.idle)
      |
    1 | timeouts: { idle: 75 }
      |                   ^^
      = found: `75`
      = expected: a duration from 100ms to 1h
      = help: add the unit: `75s` or `75ms`

    === a duration with an unknown unit
    timeouts: { idle: 1 minute }
    ~~~
    error: invalid value
     --> gatehouse.yml:1:19 (timeouts.idle)
      |
    1 | timeouts: { idle: 1 minute }
      |                   ^^^^^^^^
      = found: `1 minute`
      = expected: a duration from 100ms to 1h
      = help: write a whole number and a unit: `500ms`, `10s`, `5m`, `1h` or `7d`

    === a duration out of range
    timeouts: { header: 1h }
    ~~~
    error: out of range
     --> gatehouse.yml:1:21 (timeouts.header)
      |
    1 | timeouts: { header: 1h }
      |                     ^^
      = found: `1h`
      = expected: a duration from 100ms to 5m

    === a duration that overflows
    timeouts: { idle: 99999999999999999d }
    ~~~
    error: invalid value
     --> gatehouse.yml:1:19 (timeouts.idle)
      |
    1 | timeouts: { idle: 99999999999999999d }
      |                   ^^^^^^^^^^^^^^^^^^
      = found: `99999999999999999d`
      = expected: a duration from 100ms to 1h
      = help: write a whole number and a unit: `500ms`, `10s`, `5m`, `1h` or `7d`

    === a size with a decimal unit
    http: { body-max: 10MB }
    ~~~
    error: invalid value
     --> gatehouse.yml:1:19 (http.body-max)
      |
    1 | http: { body-max: 10MB }
      |                   ^^^^
      = found: `10MB`
      = expected: a size from 0B to 1024GiB
      = help: write `10MiB` (1,048,576 bytes each)

    === a size without a unit
    http: { body-max: 1048576 }
    ~~~
    error: invalid value
     --> gatehouse.yml:1:19 (http.body-max)
      |
    1 | http: { body-max: 1048576 }
      |                   ^^^^^^^
      = found: `1048576`
      = expected: a size from 0B to 1024GiB
      = help: add the unit: `1048576B` or `1048576KiB`

    === a size out of range
    http: { line-max: 1B }
    ~~~
    error: out of range
     --> gatehouse.yml:1:19 (http.line-max)
      |
    1 | http: { line-max: 1B }
      |                   ^^
      = found: `1B`
      = expected: a size from 256B to 1MiB

    === a rate that is none
    timeouts: { body-rate-min: fast }
    ~~~
    error: invalid value
     --> gatehouse.yml:1:28 (timeouts.body-rate-min)
      |
    1 | timeouts: { body-rate-min: fast }
      |                            ^^^^
      = found: `fast`
      = expected: a rate from 1B/s to 100MiB/s
      = help: write a whole number and a unit: `100B`, `16KiB`, `1MiB` or `1GiB`

    === a line longer than the head
    http: { line-max: 32KiB }
    ~~~
    error: `line-max` is larger than `header-bytes-max`
     --> gatehouse.yml:1:7 (http)
      |
    1 | http: { line-max: 32KiB }
      |       ^
      = found: 32KiB of 16KiB
      = expected: `line-max` of at most `header-bytes-max`

    === more connections for one client than for all
    connections: { max: 10, per-client: 20 }
    ~~~
    error: `per-client` is larger than `max`
     --> gatehouse.yml:1:14 (connections)
      |
    1 | connections: { max: 10, per-client: 20 }
      |              ^
      = found: 20 of 10
      = expected: `per-client` of at most `max`

    === interpolation
    data: ${HOME}/data
    ~~~
    error: `${…}` is not replaced in this file
     --> gatehouse.yml:1:7 (data)
      |
    1 | data: ${HOME}/data
      |       ^^^^^^^^^^^^
      = found: `${HOME}/data`
      = expected: a path
      = help: write the value itself; a secret takes `{ env: NAME }`

    === a host with a scheme
    hosts: ["https://example.com"]
    ~~~
    error: invalid value
     --> gatehouse.yml:1:9 (hosts[0])
      |
    1 | hosts: ["https://example.com"]
      |         ^^^^^^^^^^^^^^^^^^^^^
      = found: `https://example.com`
      = expected: a host name or an IP address
      = help: write the name alone, without a scheme

    === a host with a port
    hosts: ["example.com:8443"]
    ~~~
    error: invalid value
     --> gatehouse.yml:1:9 (hosts[0])
      |
    1 | hosts: ["example.com:8443"]
      |         ^^^^^^^^^^^^^^^^^^
      = found: `example.com:8443`
      = expected: a host name or an IP address
      = help: write `example.com`: listeners name the ports

    === a wildcard host
    hosts: ["*.example.com"]
    ~~~
    error: invalid value
     --> gatehouse.yml:1:9 (hosts[0])
      |
    1 | hosts: ["*.example.com"]
      |         ^^^^^^^^^^^^^^^
      = found: `*.example.com`
      = expected: a host name or an IP address
      = help: wildcards are not supported: list each name

    === an international host
    hosts: [bücher.example]
    ~~~
    error: invalid value
     --> gatehouse.yml:1:9 (hosts[0])
      |
    1 | hosts: [bücher.example]
      |         ^^^^^^^^^^^^^^
      = found: `bücher.example`
      = expected: a host name or an IP address
      = help: write an international name in its `xn--` form

    === no hosts
    hosts: []
    ~~~
    error: an empty list
     --> gatehouse.yml:1:8 (hosts)
      |
    1 | hosts: []
      |        ^
      = found: 0 values
      = expected: a list of hosts, 1 to 1000 of them

    === a host twice
    hosts: [localhost, LOCALHOST]
    ~~~
    error: listed twice
     --> gatehouse.yml:1:20 (hosts[1])
      |
    1 | hosts: [localhost, LOCALHOST]
      |                    ^^^^^^^^^
      = found: `LOCALHOST`
      = expected: each value once

    === a listener on a name
    listeners: [{ address: "localhost:8443" }]
    ~~~
    error: invalid value
     --> gatehouse.yml:1:24 (listeners[0].address)
      |
    1 | listeners: [{ address: "localhost:8443" }]
      |                        ^^^^^^^^^^^^^^^^
      = found: `localhost:8443`
      = expected: an IP address and a port, such as `127.0.0.1:8443` or `[::1]:8443`
      = help: a name may mean several addresses: write `127.0.0.1:8443`

    === a listener with a port alone
    listeners: [{ address: ":8443" }]
    ~~~
    error: invalid value
     --> gatehouse.yml:1:24 (listeners[0].address)
      |
    1 | listeners: [{ address: ":8443" }]
      |                        ^^^^^^^
      = found: `:8443`
      = expected: an IP address and a port, such as `127.0.0.1:8443` or `[::1]:8443`
      = help: write `127.0.0.1:8443`

    === an IPv6 listener without brackets
    listeners: [{ address: "::1:8443" }]
    ~~~
    error: invalid value
     --> gatehouse.yml:1:24 (listeners[0].address)
      |
    1 | listeners: [{ address: "::1:8443" }]
      |                        ^^^^^^^^^^
      = found: `::1:8443`
      = expected: an IP address and a port, such as `127.0.0.1:8443` or `[::1]:8443`
      = help: write an IPv6 address in brackets: `[::1]:8443`

    === an unknown protocol
    listeners: [{ address: "127.0.0.1:8443", protocol: htps }]
    ~~~
    error: invalid value
     --> gatehouse.yml:1:52 (listeners[0].protocol)
      |
    1 | listeners: [{ address: "127.0.0.1:8443", protocol: htps }]
      |                                                    ^^^^
      = found: `htps`
      = expected: `https`, `http` or `redirect`
      = help: write `https`

    === a redirect without an HTTPS listener
    listeners: [{ address: "127.0.0.1:8080", protocol: redirect }]
    ~~~
    error: a redirect to nowhere
     --> gatehouse.yml:1:52 (listeners[0].protocol)
      |
    1 | listeners: [{ address: "127.0.0.1:8080", protocol: redirect }]
      |                                                    ^^^^^^^^
      = found: no listener with `protocol: https`
      = expected: one that serves HTTPS

    === two listeners on one address
    listeners:
      - address: 127.0.0.1:8443
      - address: 127.0.0.1:8443
        protocol: http
    ~~~
    error: two listeners on one address
     --> gatehouse.yml:3:14 (listeners[1].address)
      |
    3 |   - address: 127.0.0.1:8443
      |              ^^^^^^^^^^^^^^
      = found: `127.0.0.1:8443`, as `listeners[0].address`
      = expected: an address of its own

    === a listener on the admin address
    listeners: [{ address: "127.0.0.1:9090" }]
    ~~~
    error: two listeners on one address
     --> gatehouse.yml:1:24 (listeners[0].address)
      |
    1 | listeners: [{ address: "127.0.0.1:9090" }]
      |                        ^^^^^^^^^^^^^^^^
      = found: `127.0.0.1:9090`, as `admin.address`
      = expected: an address of its own

    === a redirect port without a redirect
    listeners: [{ address: "127.0.0.1:8443", redirect-port: 443 }]
    ~~~
    error: `redirect-port` on a listener that does not redirect
     --> gatehouse.yml:1:13 (listeners[0])
      |
    1 | listeners: [{ address: "127.0.0.1:8443", redirect-port: 443 }]
      |             ^
      = found: `protocol: https`
      = expected: `protocol: redirect`, or no `redirect-port`

    === a certificate without a key
    tls: { certificates: [{ certificate: cert.pem }] }
    ~~~
    error: missing key `key`
     --> gatehouse.yml:1:23 (tls.certificates[0])
      |
    1 | tls: { certificates: [{ certificate: cert.pem }] }
      |                       ^
      = found: a certificate without `key`
      = expected: a private key file that can be read

    === a certificate that is not there
    tls: { certificates: [{ certificate: crt.pem, key: key.pem }] }
    ~~~
    error: the file cannot be read
     --> gatehouse.yml:1:38 (tls.certificates[0].certificate)
      |
    1 | tls: { certificates: [{ certificate: crt.pem, key: key.pem }] }
      |                                      ^^^^^^^
      = found: `/etc/gatehouse/crt.pem`: no such file
      = expected: a certificate file that can be read

    === a private key that others can read
    tls: { certificates: [{ certificate: cert.pem, key: open.pem }] }
    ~~~
    error: a private file that others can read
     --> gatehouse.yml:1:53 (tls.certificates[0].key)
      |
    1 | tls: { certificates: [{ certificate: cert.pem, key: open.pem }] }
      |                                                     ^^^^^^^^
      = found: `/etc/gatehouse/open.pem` with mode 644
      = expected: a file that only its owner, or its group, can read
      = help: chmod 600 /etc/gatehouse/open.pem

    === a private key in the configuration
    tls:
      certificates:
        - certificate: cert.pem
          key: |
            -----BEGIN PRIVATE KEY-----
            MC4CAQAwBQYDK2VwBCIEIA
    ~~~
    error: a file's content where its path belongs
     --> gatehouse.yml:4:12 (tls.certificates[0].key)
      |
    4 |       key: *
      |            ^
      = found: a single value, not shown
      = expected: a path
      = help: put the content into a file and name the file here

    === a TLS version that is too old
    tls: { minimum: "1.1" }
    ~~~
    error: invalid value
     --> gatehouse.yml:1:17 (tls.minimum)
      |
    1 | tls: { minimum: "1.1" }
      |                 ^^^^^
      = found: `1.1`
      = expected: `1.2` or `1.3`
      = help: write `1.2`

    === a network with host bits
    trusted-proxies: [10.1.2.3/8]
    ~~~
    error: bits set beyond the prefix
     --> gatehouse.yml:1:19 (trusted-proxies[0])
      |
    1 | trusted-proxies: [10.1.2.3/8]
      |                   ^^^^^^^^^^
      = found: `10.1.2.3/8`
      = expected: a network such as `10.0.0.0/8` or `fd00::/8`
      = help: did you mean `10.0.0.0/8`?

    === a network that is none
    trusted-proxies: [10.0.0.0/33]
    ~~~
    error: invalid value
     --> gatehouse.yml:1:19 (trusted-proxies[0])
      |
    1 | trusted-proxies: [10.0.0.0/33]
      |                   ^^^^^^^^^^^
      = found: `10.0.0.0/33`
      = expected: a network such as `10.0.0.0/8` or `fd00::/8`

    === an upstream with an unknown scheme
    upstreams: { api: { servers: [htp://127.0.0.1] } }
    ~~~
    error: an unknown scheme
     --> gatehouse.yml:1:31 (upstreams.api.servers[0])
      |
    1 | upstreams: { api: { servers: [htp://127.0.0.1] } }
      |                               ^^^^^^^^^^^^^^^
      = found: `htp://127.0.0.1`
      = expected: an address such as `http://127.0.0.1:3000` or `https://api.internal:8443`
      = help: did you mean `http://`?

    === an upstream without a scheme
    upstreams: { api: { servers: [127.0.0.1:3000] } }
    ~~~
    error: invalid value
     --> gatehouse.yml:1:31 (upstreams.api.servers[0])
      |
    1 | upstreams: { api: { servers: [127.0.0.1:3000] } }
      |                               ^^^^^^^^^^^^^^
      = found: `127.0.0.1:3000`
      = expected: an address such as `http://127.0.0.1:3000` or `https://api.internal:8443`
      = help: begin with `http://` or `https://`

    === an upstream with a path
    upstreams: { api: { servers: [http://127.0.0.1:3000/] } }
    ~~~
    error: a path in a server's address
     --> gatehouse.yml:1:31 (upstreams.api.servers[0])
      |
    1 | upstreams: { api: { servers: [http://127.0.0.1:3000/] } }
      |                               ^^^^^^^^^^^^^^^^^^^^^^
      = found: `http://127.0.0.1:3000/`
      = expected: an address such as `http://127.0.0.1:3000` or `https://api.internal:8443`
      = help: requests keep their own path: write `http://127.0.0.1:3000`

    === an upstream with a password
    upstreams: { api: { servers: ["http://user:hunter2@127.0.0.1:3000"] } }
    ~~~
    error: user and password in an address
     --> gatehouse.yml:1:31 (upstreams.api.servers[0])
      |
    1 | upstreams: { api: { servers: [************************************] } }
      |                               ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
      = found: an address with a password, not shown
      = expected: an address such as `http://127.0.0.1:3000` or `https://api.internal:8443`
      = help: remove them

    === an upstream with a port out of range
    upstreams: { api: { servers: ["http://127.0.0.1:65536"] } }
    ~~~
    error: invalid value
     --> gatehouse.yml:1:31 (upstreams.api.servers[0])
      |
    1 | upstreams: { api: { servers: ["http://127.0.0.1:65536"] } }
      |                               ^^^^^^^^^^^^^^^^^^^^^^^^
      = found: `http://127.0.0.1:65536`
      = expected: an address such as `http://127.0.0.1:3000` or `https://api.internal:8443`

    === an upstream without servers
    upstreams: { api: { servers: [] } }
    ~~~
    error: an empty list
     --> gatehouse.yml:1:30 (upstreams.api.servers)
      |
    1 | upstreams: { api: { servers: [] } }
      |                              ^
      = found: 0 values
      = expected: a list of servers, 1 to 256 of them

    === an upstream with a server twice
    upstreams: { api: { servers: ["http://127.0.0.1", "http://127.0.0.1:80"] } }
    ~~~
    error: listed twice
     --> gatehouse.yml:1:51 (upstreams.api.servers[1])
      |
    1 | upstreams: { api: { servers: ["http://127.0.0.1", "http://127.0.0.1:80"] } }
      |                                                   ^^^^^^^^^^^^^^^^^^^^^
      = found: `http://127.0.0.1:80`
      = expected: each value once

    === an upstream with a name that is none
    upstreams: { "a b": { servers: [http://127.0.0.1:3000] } }
    ~~~
    error: invalid name
     --> gatehouse.yml:1:14 (upstreams.a b)
      |
    1 | upstreams: { "a b": { servers: [http://127.0.0.1:3000] } }
      |              ^^^^^
      = found: `a b`
      = expected: a name of letters, digits, `-`, `_` and `.`

    === an unknown way of balancing
    upstreams: { api: { servers: [http://127.0.0.1:3000], balance: round-robbin } }
    ~~~
    error: invalid value
     --> gatehouse.yml:1:64 (upstreams.api.balance)
      |
    1 | upstreams: { api: { servers: [http://127.0.0.1:3000], balance: round-robbin } }
      |                                                                ^^^^^^^^^^^^
      = found: `round-robbin`
      = expected: `round-robin` or `least-connections`
      = help: write `round-robin`

    === a route without access
    routes:
      - path: /
        methods: [GET]
        respond: {}
    ~~~
    error: missing key `access`
     --> gatehouse.yml:2:5 (routes[0])
      |
    2 |   - path: /
      |     ^
      = found: a route without `access`
      = expected: `anyone`, `signed-in`, `{ roles: […] }` or `{ permissions: […] }`

    === a route without methods
    routes: [{ path: /, access: anyone, respond: {} }]
    ~~~
    error: missing key `methods`
     --> gatehouse.yml:1:10 (routes[0])
      |
    1 | routes: [{ path: /, access: anyone, respond: {} }]
      |          ^
      = found: a route without `methods`
      = expected: `all`, or a list of methods (`GET`, `HEAD`, `POST`, `PUT`, `PATCH`, `DELETE` or `OPTIONS`)

    === a route with an access rule that is none
    routes: [{ path: /, methods: [GET], access: any-one, respond: {} }]
    ~~~
    error: invalid value
     --> gatehouse.yml:1:45 (routes[0].access)
      |
    1 | routes: [{ path: /, methods: [GET], access: any-one, respond: {} }]
      |                                             ^^^^^^^
      = found: `any-one`
      = expected: `anyone`, `signed-in`, `{ roles: […] }` or `{ permissions: […] }`
      = help: did you mean `anyone`?

    === a route with one role as text
    routes: [{ path: /, methods: [GET], access: { roles: admin }, respond: {} }]
    ~~~
    error: wrong kind of value
     --> gatehouse.yml:1:54 (routes[0].access.roles)
      |
    1 | routes: [{ path: /, methods: [GET], access: { roles: admin }, respond: {} }]
      |                                                      ^^^^^
      = found: `admin`
      = expected: a list of roles
      = help: write `[admin]`

    === a route with no roles
    routes: [{ path: /, methods: [GET], access: { roles: [] }, respond: {} }]
    ~~~
    error: an empty list
     --> gatehouse.yml:1:54 (routes[0].access.roles)
      |
    1 | routes: [{ path: /, methods: [GET], access: { roles: [] }, respond: {} }]
      |                                                      ^
      = found: 0 values
      = expected: a list of roles, 1 to 64 of them

    === a route with roles and permissions
    routes: [{ path: /, methods: [GET], access: { roles: [a], permissions: [b] }, respond: {} }]
    ~~~
    error: one rule, not several
     --> gatehouse.yml:1:45 (routes[0].access)
      |
    1 | routes: [{ path: /, methods: [GET], access: { roles: [a], permissions: [b] }, respond: {} }]
      |                                             ^
      = found: 2 keys
      = expected: `anyone`, `signed-in`, `{ roles: […] }` or `{ permissions: […] }`

    === a route with a method in small letters
    routes: [{ path: /, methods: [get], access: anyone, respond: {} }]
    ~~~
    error: invalid value
     --> gatehouse.yml:1:31 (routes[0].methods[0])
      |
    1 | routes: [{ path: /, methods: [get], access: anyone, respond: {} }]
      |                               ^^^
      = found: `get`
      = expected: `GET`, `HEAD`, `POST`, `PUT`, `PATCH`, `DELETE` or `OPTIONS`
      = help: write `GET`

    === a route with a method that is not taken
    routes: [{ path: /, methods: [TRACE], access: anyone, respond: {} }]
    ~~~
    error: invalid value
     --> gatehouse.yml:1:31 (routes[0].methods[0])
      |
    1 | routes: [{ path: /, methods: [TRACE], access: anyone, respond: {} }]
      |                               ^^^^^
      = found: `TRACE`
      = expected: `GET`, `HEAD`, `POST`, `PUT`, `PATCH`, `DELETE` or `OPTIONS`

    === a route without an answer
    routes: [{ path: /, methods: [GET], access: anyone }]
    ~~~
    error: a route that nothing answers
     --> gatehouse.yml:1:10 (routes[0])
      |
    1 | routes: [{ path: /, methods: [GET], access: anyone }]
      |          ^
      = found: neither `upstream` nor `respond`
      = expected: one of `upstream` and `respond`

    === a route with two answers
    routes: [{ path: /, methods: [GET], access: anyone, upstream: api, respond: {} }]
    ~~~
    error: a route with two answers
     --> gatehouse.yml:1:10 (routes[0])
      |
    1 | routes: [{ path: /, methods: [GET], access: anyone, upstream: api, respond: {} }]
      |          ^
      = found: both `upstream` and `respond`
      = expected: one of `upstream` and `respond`

    === a route with an unknown upstream
    upstreams: { api: { servers: [http://127.0.0.1:3000] } }
    routes:
      - path: /
        methods: [GET]
        access: anyone
        upstream: apo
    ~~~
    error: unknown upstream `apo`
     --> gatehouse.yml:6:15 (routes[0].upstream)
      |
    6 |     upstream: apo
      |               ^^^
      = found: a name that no upstream has
      = expected: `api`
      = help: did you mean `api`?

    === a route with an unknown limit
    routes: [{ path: /, methods: [GET], access: anyone, respond: {}, limits: [auht] }]
    ~~~
    error: unknown limit `auht`
     --> gatehouse.yml:1:75 (routes[0].limits[0])
      |
    1 | routes: [{ path: /, methods: [GET], access: anyone, respond: {}, limits: [auht] }]
      |                                                                           ^^^^
      = found: a name that no limit has
      = expected: `default` or `auth`
      = help: did you mean `auth`?

    === a route with an unknown host
    hosts: [api.example.com]
    routes: [{ path: /, methods: [GET], access: anyone, respond: {}, hosts: [app.example.com] }]
    ~~~
    error: unknown host `app.example.com`
     --> gatehouse.yml:2:74 (routes[0].hosts[0])
      |
    2 | routes: [{ path: /, methods: [GET], access: anyone, respond: {}, hosts: [app.example.com] }]
      |                                                                          ^^^^^^^^^^^^^^^
      = found: a name that no host has
      = expected: `api.example.com`
      = help: did you mean `api.example.com`?

    === a route for signed-in callers without an issuer
    routes: [{ path: /, methods: [GET], access: signed-in, respond: {} }]
    ~~~
    error: nobody can sign in
     --> gatehouse.yml:1:45 (routes[0].access)
      |
    1 | routes: [{ path: /, methods: [GET], access: signed-in, respond: {} }]
      |                                             ^^^^^^^^^
      = found: no `tokens.issuers`
      = expected: an issuer whose tokens are accepted, or `access: anyone`

    === two routes for the same requests
    routes:
      - { path: "/items/{id}", methods: [GET], access: anyone, respond: {} }
      - { path: "/items/{name}", methods: [POST, GET], access: anyone, respond: {} }
    ~~~
    error: two routes for the same requests
     --> gatehouse.yml:3:13 (routes[1].path)
      |
    3 |   - { path: "/items/{name}", methods: [POST, GET], access: anyone, respond: {} }
      |             ^^^^^^^^^^^^^^^
      = found: `GET /items/{name}`, as in `routes[0]`
      = expected: each method of a path once

    === a path without a slash
    routes: [{ path: items, methods: [GET], access: anyone, respond: {} }]
    ~~~
    error: invalid value
     --> gatehouse.yml:1:18 (routes[0].path)
      |
    1 | routes: [{ path: items, methods: [GET], access: anyone, respond: {} }]
      |                  ^^^^^
      = found: `items`
      = expected: a path such as `/items/{id}` or `/files/*`
      = help: write `/items`

    === a path with an empty segment
    routes: [{ path: //items, methods: [GET], access: anyone, respond: {} }]
    ~~~
    error: an empty segment in a path
     --> gatehouse.yml:1:18 (routes[0].path)
      |
    1 | routes: [{ path: //items, methods: [GET], access: anyone, respond: {} }]
      |                  ^^^^^^^
      = found: `//items`
      = expected: a path such as `/items/{id}` or `/files/*`

    === a path with a dot segment
    routes: [{ path: /a/../b, methods: [GET], access: anyone, respond: {} }]
    ~~~
    error: a dot segment in a path: requests with one are refused
     --> gatehouse.yml:1:18 (routes[0].path)
      |
    1 | routes: [{ path: /a/../b, methods: [GET], access: anyone, respond: {} }]
      |                  ^^^^^^^
      = found: `/a/../b`
      = expected: a path such as `/items/{id}` or `/files/*`

    === a path with a star inside
    routes: [{ path: /a/*/b, methods: [GET], access: anyone, respond: {} }]
    ~~~
    error: `*` before the end of a path
     --> gatehouse.yml:1:18 (routes[0].path)
      |
    1 | routes: [{ path: /a/*/b, methods: [GET], access: anyone, respond: {} }]
      |                  ^^^^^^
      = found: `/a/*/b`
      = expected: a path such as `/items/{id}` or `/files/*`
      = help: `{name}` stands for one segment, a final `*` for the rest

    === a path with half a parameter
    routes: [{ path: "/item-{id}", methods: [GET], access: anyone, respond: {} }]
    ~~~
    error: a part of a segment cannot vary
     --> gatehouse.yml:1:18 (routes[0].path)
      |
    1 | routes: [{ path: "/item-{id}", methods: [GET], access: anyone, respond: {} }]
      |                  ^^^^^^^^^^^^
      = found: `/item-{id}`
      = expected: a path such as `/items/{id}` or `/files/*`
      = help: `{name}` stands for one whole segment, a final `*` for the rest

    === a path with a parameter without a name
    routes: [{ path: "/{}", methods: [GET], access: anyone, respond: {} }]
    ~~~
    error: a path parameter without a proper name
     --> gatehouse.yml:1:18 (routes[0].path)
      |
    1 | routes: [{ path: "/{}", methods: [GET], access: anyone, respond: {} }]
      |                  ^^^^^
      = found: `/{}`
      = expected: a path such as `/items/{id}` or `/files/*`
      = help: use letters, digits and `_`, such as `{id}`

    === a path with one parameter twice
    routes: [{ path: "/{a}/{a}", methods: [GET], access: anyone, respond: {} }]
    ~~~
    error: two path parameters of one name
     --> gatehouse.yml:1:18 (routes[0].path)
      |
    1 | routes: [{ path: "/{a}/{a}", methods: [GET], access: anyone, respond: {} }]
      |                  ^^^^^^^^^^
      = found: `/{a}/{a}`
      = expected: a path such as `/items/{id}` or `/files/*`

    === a path with an encoded character
    routes: [{ path: /a%2Fb, methods: [GET], access: anyone, respond: {} }]
    ~~~
    error: a character that a path pattern cannot hold
     --> gatehouse.yml:1:18 (routes[0].path)
      |
    1 | routes: [{ path: /a%2Fb, methods: [GET], access: anyone, respond: {} }]
      |                  ^^^^^^
      = found: `/a%2Fb`
      = expected: a path such as `/items/{id}` or `/files/*`

    === an answer with two bodies
    routes: [{ path: /, methods: [GET], access: anyone, respond: { body: a, body-file: body.json } }]
    ~~~
    error: two bodies for one answer
     --> gatehouse.yml:1:62 (routes[0].respond)
      |
    1 | routes: [{ path: /, methods: [GET], access: anyone, respond: { body: a, body-file: body.json } }]
      |                                                              ^
      = found: both `body` and `body-file`
      = expected: one of `body` and `body-file`

    === an answer without content that has some
    routes: [{ path: /, methods: [GET], access: anyone, respond: { status: 204, body: a } }]
    ~~~
    error: a body for a status that has none
     --> gatehouse.yml:1:62 (routes[0].respond)
      |
    1 | routes: [{ path: /, methods: [GET], access: anyone, respond: { status: 204, body: a } }]
      |                                                              ^
      = found: 1 bytes with 204
      = expected: no body (RFC 9110 section 6.4.1)

    === an answer with a type that breaks a field
    routes: [{ path: /, methods: [GET], access: anyone, respond: { type: "a/b\nx: y" } }]
    ~~~
    error: invalid value
     --> gatehouse.yml:1:70 (routes[0].respond.type)
      |
    1 | routes: [{ path: /, methods: [GET], access: anyone, respond: { type: "a/b\nx: y" } }]
      |                                                                      ^^^^^^^^^^^
      = found: `a/b\u{a}x: y`
      = expected: a media type such as `application/json`

    === a limit without a quota
    limits: [{ name: a, window: 1m }]
    ~~~
    error: missing key `quota`
     --> gatehouse.yml:1:10 (limits[0])
      |
    1 | limits: [{ name: a, window: 1m }]
      |          ^
      = found: a limit without `quota`
      = expected: a whole number from 1 to 1000000, or a size such as `100MiB`

    === a limit of nothing
    limits: [{ name: a, quota: 0, window: 1m }]
    ~~~
    error: out of range
     --> gatehouse.yml:1:28 (limits[0].quota)
      |
    1 | limits: [{ name: a, quota: 0, window: 1m }]
      |                            ^
      = found: `0`
      = expected: a whole number from 1 to 1000000, or a size such as `100MiB`

    === two limits of one name
    limits: [{ name: a, quota: 1, window: 1m }, { name: a, quota: 2, window: 1m }]
    ~~~
    error: two limits of one name
     --> gatehouse.yml:1:53 (limits[1].name)
      |
    1 | limits: [{ name: a, quota: 1, window: 1m }, { name: a, quota: 2, window: 1m }]
      |                                                     ^
      = found: `a`
      = expected: a name of its own

    === readiness that needs a Redis that is not there
    readiness: { requires: [database, redis] }
    ~~~
    error: a part that is not there
     --> gatehouse.yml:1:24 (readiness.requires)
      |
    1 | readiness: { requires: [database, redis] }
      |                        ^^^^^^^^^^^^^^^^^
      = found: `redis`
      = expected: a section `redis`

    === a limit with an unknown key
    limits: [{ name: a, quota: 1, window: 1m, key: adress }]
    ~~~
    error: invalid value
     --> gatehouse.yml:1:48 (limits[0].key)
      |
    1 | limits: [{ name: a, quota: 1, window: 1m, key: adress }]
      |                                                ^^^^^^
      = found: `adress`
      = expected: `address`, `network`, `asn`, `account`, `api-key`, `session` or `route`
      = help: write `address`

    === a limit with a scope that is none
    limits: [{ name: a, quota: 1, window: 1m, applies: /auth/ }]
    ~~~
    error: invalid value
     --> gatehouse.yml:1:52 (limits[0].applies)
      |
    1 | limits: [{ name: a, quota: 1, window: 1m, applies: /auth/ }]
      |                                                    ^^^^^^
      = found: `/auth/`
      = expected: `everywhere`, `named`, or a list of path prefixes
      = help: write `[/auth/]`

    === a burst without GCRA
    limits: [{ name: a, quota: 9, window: 1m, burst: 3 }]
    ~~~
    error: `burst` without `gcra`
     --> gatehouse.yml:1:10 (limits[0])
      |
    1 | limits: [{ name: a, quota: 9, window: 1m, burst: 3 }]
      |          ^
      = found: `algorithm: sliding-window`
      = expected: `algorithm: gcra`, or no `burst`

    === a burst beyond the quota
    limits: [{ name: a, quota: 9, window: 1m, algorithm: gcra, burst: 30 }]
    ~~~
    error: `burst` is larger than `quota`
     --> gatehouse.yml:1:10 (limits[0])
      |
    1 | limits: [{ name: a, quota: 9, window: 1m, algorithm: gcra, burst: 30 }]
      |          ^
      = found: 30 of 9
      = expected: `burst` of at most `quota`

    === CORS without origins
    cors: { credentials: true }
    ~~~
    error: missing key `origins`
     --> gatehouse.yml:1:7 (cors)
      |
    1 | cors: { credentials: true }
      |       ^
      = found: `cors` without `origins`
      = expected: a list of origins

    === CORS for every origin with credentials
    cors: { origins: ["*"], credentials: true }
    ~~~
    error: `*` with credentials
     --> gatehouse.yml:1:7 (cors)
      |
    1 | cors: { origins: ["*"], credentials: true }
      |       ^
      = found: `credentials: true`
      = expected: a list of origins, or `*` alone without credentials

    === CORS for the null origin
    cors: { origins: ["null"] }
    ~~~
    error: invalid value
     --> gatehouse.yml:1:19 (cors.origins[0])
      |
    1 | cors: { origins: ["null"] }
      |                   ^^^^^^
      = found: `null`
      = expected: an origin such as `https://app.example.com`
      = help: any page can make itself `null`: name an origin

    === CORS with a trailing slash
    cors: { origins: ["https://app.example.com/"] }
    ~~~
    error: an origin has no path
     --> gatehouse.yml:1:19 (cors.origins[0])
      |
    1 | cors: { origins: ["https://app.example.com/"] }
      |                   ^^^^^^^^^^^^^^^^^^^^^^^^^^
      = found: `https://app.example.com/`
      = expected: an origin such as `https://app.example.com`
      = help: write `https://app.example.com`

    === CORS with the default port
    cors: { origins: ["https://app.example.com:443"] }
    ~~~
    error: invalid value
     --> gatehouse.yml:1:19 (cors.origins[0])
      |
    1 | cors: { origins: ["https://app.example.com:443"] }
      |                   ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
      = found: `https://app.example.com:443`
      = expected: an origin such as `https://app.example.com`
      = help: browsers leave the default port out

    === CORS with capitals
    cors: { origins: ["https://App.example.com"] }
    ~~~
    error: invalid value
     --> gatehouse.yml:1:19 (cors.origins[0])
      |
    1 | cors: { origins: ["https://App.example.com"] }
      |                   ^^^^^^^^^^^^^^^^^^^^^^^^^
      = found: `https://App.example.com`
      = expected: an origin such as `https://app.example.com`
      = help: browsers send `https://app.example.com`

    === CORS for a plain origin
    cors: { origins: ["http://localhost:5173"] }
    ~~~
    error: an origin without TLS
     --> gatehouse.yml:1:7 (cors)
      |
    1 | cors: { origins: ["http://localhost:5173"] }
      |       ^
      = found: `http://localhost:5173`
      = expected: `https` origins
      = help: in development `dangerously-allow-plain-origins: true` allows it

    === a header that frames messages
    headers: { api: { Content-Length: "0" } }
    ~~~
    error: a header that the gateway sets itself
     --> gatehouse.yml:1:19 (headers.api.Content-Length)
      |
    1 | headers: { api: { Content-Length: "0" } }
      |                   ^^^^^^^^^^^^^^
      = found: `Content-Length`
      = expected: another header

    === a header that CORS decides
    headers: { api: { Access-Control-Allow-Origin: "*" } }
    ~~~
    error: a header that the gateway sets itself
     --> gatehouse.yml:1:19 (headers.api.Access-Control-Allow-Origin)
      |
    1 | headers: { api: { Access-Control-Allow-Origin: "*" } }
      |                   ^^^^^^^^^^^^^^^^^^^^^^^^^^^
      = found: `Access-Control-Allow-Origin`
      = expected: another header
      = help: `cors` decides these

    === a header value with a line break
    headers: { page: { x-frame-options: "DENY\nx: y" } }
    ~~~
    error: invalid header value
     --> gatehouse.yml:1:37 (headers.page.x-frame-options)
      |
    1 | headers: { page: { x-frame-options: "DENY\nx: y" } }
      |                                     ^^^^^^^^^^^^
      = found: `DENY\u{a}x: y`
      = expected: 1 to 4096 printable ASCII characters

    === a header name that is none
    headers: { page: { "x frame": DENY } }
    ~~~
    error: invalid header name
     --> gatehouse.yml:1:20 (headers.page.x frame)
      |
    1 | headers: { page: { "x frame": DENY } }
      |                    ^^^^^^^^^
      = found: `x frame`
      = expected: a header name

    === a header that is neither set nor left out
    headers: { page: { x-frame-options: } }
    ~~~
    error: wrong kind of value
     --> gatehouse.yml:1:37 (headers.page.x-frame-options)
      |
    1 | headers: { page: { x-frame-options: } }
      |                                     ^
      = found: nothing
      = expected: a header's value, or `null`
      = help: give the key a value or remove it

    === a secret as text
    tokens:
      issuers:
        - issuer: https://id.example.com
          audience: api
          keys:
            - { kid: k1, algorithm: HS256, secret: hunter2-hunter2-hunter2 }
    ~~~
    error: a secret in the configuration file
     --> gatehouse.yml:6:48 (tokens.issuers[0].keys[0].secret)
      |
    6 |         - { kid: k1, algorithm: HS256, secret: *********************** }
      |                                                ^^^^^^^^^^^^^^^^^^^^^^^
      = found: a single value, not shown
      = expected: `{ env: NAME }` or `{ file: PATH }` with at least 32 bytes
      = help: configuration files are copied and committed: keep the secret apart

    === a secret as a block of text
    tokens:
      issuers:
        - issuer: https://id.example.com
          audience: api
          keys:
            - kid: k1
              algorithm: HS256
              secret: |
                hunter2
                hunter2
    ~~~
    error: a secret in the configuration file
     --> gatehouse.yml:8:19 (tokens.issuers[0].keys[0].secret)
      |
    8 |           secret: *
      |                   ^
      = found: a single value, not shown
      = expected: `{ env: NAME }` or `{ file: PATH }` with at least 32 bytes
      = help: configuration files are copied and committed: keep the secret apart

    === a secret where the variable's name belongs
    tokens: { issuers: [{ issuer: a, audience: b, keys: [{ algorithm: HS256, secret: { env: hunter2 } }] }] }
    ~~~
    error: invalid value
     --> gatehouse.yml:1:89 (tokens.issuers[0].keys[0].secret.env)
      |
    1 | … { issuers: [{ issuer: a, audience: b, keys: [{ algorithm: HS256, secret: { env: ******* } }] }] }
      |                                                                                   ^^^^^^^
      = found: something else, not shown
      = expected: the name of an environment variable, in capitals

    === a secret whose variable is not set
    tokens: { issuers: [{ issuer: a, audience: b, keys: [{ algorithm: HS256, secret: { env: JWT_SECERT } }] }] }
    ~~~
    error: the secret is not there
     --> gatehouse.yml:1:82 (tokens.issuers[0].keys[0].secret)
      |
    1 | …issuers: [{ issuer: a, audience: b, keys: [{ algorithm: HS256, secret: { env: JWT_SECERT } }] }] }
      |                                                                         ^
      = found: no environment variable `JWT_SECERT`
      = expected: `{ env: NAME }` or `{ file: PATH }` with at least 32 bytes

    === a secret whose file is not there
    tokens: { issuers: [{ issuer: a, audience: b, keys: [{ algorithm: HS256, secret: { file: x.secret } }] }] }
    ~~~
    error: the file cannot be read
     --> gatehouse.yml:1:82 (tokens.issuers[0].keys[0].secret)
      |
    1 | … issuers: [{ issuer: a, audience: b, keys: [{ algorithm: HS256, secret: { file: x.secret } }] }] }
      |                                                                          ^
      = found: `/etc/gatehouse/x.secret`: no such file
      = expected: a file with the secret that can be read

    === a secret whose file others can read
    tokens: { issuers: [{ issuer: a, audience: b, keys: [{ algorithm: HS256, secret: { file: open.secret } }] }] }
    ~~~
    error: a private file that others can read
     --> gatehouse.yml:1:82 (tokens.issuers[0].keys[0].secret)
      |
    1 | …suers: [{ issuer: a, audience: b, keys: [{ algorithm: HS256, secret: { file: open.secret } }] }] }
      |                                                                       ^
      = found: `/etc/gatehouse/open.secret` with mode 644
      = expected: a file that only its owner, or its group, can read
      = help: chmod 600 /etc/gatehouse/open.secret

    === a secret that is too short
    tokens: { issuers: [{ issuer: a, audience: b, keys: [{ algorithm: HS256, secret: { env: SHORT_SECRET } }] }] }
    ~~~
    error: the secret is too short
     --> gatehouse.yml:1:82 (tokens.issuers[0].keys[0].secret)
      |
    1 | …suers: [{ issuer: a, audience: b, keys: [{ algorithm: HS256, secret: { env: SHORT_SECRET } }] }] }
      |                                                                       ^
      = found: 5 bytes
      = expected: at least 32 bytes (RFC 7518 section 3.2)
      = help: make one with `openssl rand -hex 32`

    === a secret from two places
    tokens: { issuers: [{ issuer: a, audience: b, keys: [{ algorithm: HS256, secret: { env: JWT_SECRET, file: token.secret } }] }] }
    ~~~
    error: one place for the secret
     --> gatehouse.yml:1:82 (tokens.issuers[0].keys[0].secret)
      |
    1 | …a, audience: b, keys: [{ algorithm: HS256, secret: { env: JWT_SECRET, file: token.secret } }] }] }
      |                                                     ^
      = found: 2 keys
      = expected: `{ env: NAME }` or `{ file: PATH }` with at least 32 bytes

    === a secret from nowhere
    tokens: { issuers: [{ issuer: a, audience: b, keys: [{ algorithm: HS256, secret: {} }] }] }
    ~~~
    error: one place for the secret
     --> gatehouse.yml:1:82 (tokens.issuers[0].keys[0].secret)
      |
    1 | tokens: { issuers: [{ issuer: a, audience: b, keys: [{ algorithm: HS256, secret: {} }] }] }
      |                                                                                  ^
      = found: 0 keys
      = expected: `{ env: NAME }` or `{ file: PATH }` with at least 32 bytes

    === a secret for a public-key algorithm
    tokens: { issuers: [{ issuer: a, audience: b, keys: [{ algorithm: ES256, secret: { env: JWT_SECRET } }] }] }
    ~~~
    error: a key that does not fit its algorithm
     --> gatehouse.yml:1:54 (tokens.issuers[0].keys[0])
      |
    1 | …issuers: [{ issuer: a, audience: b, keys: [{ algorithm: ES256, secret: { env: JWT_SECRET } }] }] }
      |                                             ^
      = found: `secret`
      = expected: `public-key` alone, for `ES256`

    === a key without material
    tokens: { issuers: [{ issuer: a, audience: b, keys: [{ algorithm: ES256 }] }] }
    ~~~
    error: a key that does not fit its algorithm
     --> gatehouse.yml:1:54 (tokens.issuers[0].keys[0])
      |
    1 | tokens: { issuers: [{ issuer: a, audience: b, keys: [{ algorithm: ES256 }] }] }
      |                                                      ^
      = found: neither `secret` nor `public-key`
      = expected: `public-key` alone, for `ES256`

    === an algorithm that is refused
    tokens: { issuers: [{ issuer: a, audience: b, keys: [{ algorithm: none }] }] }
    ~~~
    error: invalid value
     --> gatehouse.yml:1:67 (tokens.issuers[0].keys[0].algorithm)
      |
    1 | tokens: { issuers: [{ issuer: a, audience: b, keys: [{ algorithm: none }] }] }
      |                                                                   ^^^^
      = found: `none`
      = expected: `HS256`, `RS256`, `PS256`, `ES256`, `EdDSA`, `HS384`, `HS512`, `RS384`, `RS512`, `PS384`, `PS512`, `ES384`, `ES512` or `Ed448`

    === an issuer without keys
    tokens: { issuers: [{ issuer: a, audience: b }] }
    ~~~
    error: an issuer without keys
     --> gatehouse.yml:1:21 (tokens.issuers[0])
      |
    1 | tokens: { issuers: [{ issuer: a, audience: b }] }
      |                     ^
      = found: neither `keys`, `jwks` nor `jwks-url`
      = expected: `keys`, `jwks` or both, or `jwks-url`

    === an issuer with two keys of one name
    tokens: { issuers: [{ issuer: a, audience: b, keys: [{ kid: k, algorithm: HS256, secret: { env: JWT_SECRET } }, { kid: k, algorithm: HS256, secret: { file: token.secret } }] }] }
    ~~~
    error: two keys of one name
     --> gatehouse.yml:1:21 (tokens.issuers[0])
      |
    1 | tokens: { issuers: [{ issuer: a, audience: b, keys: [{ kid: k, algorithm: HS256, secret: { env: JW…
      |                     ^
      = found: `k` twice
      = expected: a `kid` for each key, all different

    === two issuers of one name
    tokens:
      issuers:
        - { issuer: a, audience: b, jwks: keys.json }
        - { issuer: a, audience: c, jwks: keys.json }
    ~~~
    error: two issuers of one name
     --> gatehouse.yml:4:17 (tokens.issuers[1].issuer)
      |
    4 |     - { issuer: a, audience: c, jwks: keys.json }
      |                 ^
      = found: `a`
      = expected: each issuer once

    === a log destination that is none
    log: { access: stdot }
    ~~~
    error: invalid value
     --> gatehouse.yml:1:16 (log.access)
      |
    1 | log: { access: stdot }
      |                ^^^^^
      = found: `stdot`
      = expected: `stdout`, `stderr`, `off`, or a path with a `/`
      = help: did you mean `stdout`?

    === a log file without a slash
    log: { access: access.log }
    ~~~
    error: invalid value
     --> gatehouse.yml:1:16 (log.access)
      |
    1 | log: { access: access.log }
      |                ^^^^^^^^^^
      = found: `access.log`
      = expected: `stdout`, `stderr`, `off`, or a path with a `/`
      = help: write `./access.log` for a file

    === a number of loops that is none
    server: { loops: 0 }
    ~~~
    error: out of range
     --> gatehouse.yml:1:18 (server.loops)
      |
    1 | server: { loops: 0 }
      |                  ^
      = found: `0`
      = expected: a whole number from 1 to 1024

    === a JWK Set in the configuration
    tokens: { issuers: [{ issuer: a, audience: b, jwks: '{"keys":[{"kty":"oct","k":"hunter2"}]}' }] }
    ~~~
    error: a file's content where its path belongs
     --> gatehouse.yml:1:53 (tokens.issuers[0].jwks)
      |
    1 | tokens: { issuers: [{ issuer: a, audience: b, jwks: **************************************** }] }
      |                                                     ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
      = found: a single value, not shown
      = expected: a path
      = help: put the content into a file and name the file here

    === a JWK Set in the configuration as a mapping
    tokens: { issuers: [{ issuer: a, audience: b, jwks: { keys: [{ kty: oct, k: hunter2 }] } }] }
    ~~~
    error: a file's content where its path belongs
     --> gatehouse.yml:1:53 (tokens.issuers[0].jwks)
      |
    1 | tokens: { issuers: [{ issuer: a, audience: b, jwks: ************************************ }] }
      |                                                     ^
      = found: a mapping, not shown
      = expected: a path
      = help: put the content into a file and name the file here

    === a key in place of the list of keys
    tokens: { issuers: [{ issuer: a, audience: b, keys: hunter2 }] }
    ~~~
    error: wrong kind of value
     --> gatehouse.yml:1:53 (tokens.issuers[0].keys)
      |
    1 | tokens: { issuers: [{ issuer: a, audience: b, keys: ******* }] }
      |                                                     ^^^^^^^
      = found: a single value
      = expected: a list of keys

    === a key in place of its mapping
    tokens: { issuers: [{ issuer: a, audience: b, keys: [hunter2] }] }
    ~~~
    error: wrong kind of value
     --> gatehouse.yml:1:54 (tokens.issuers[0].keys[0])
      |
    1 | tokens: { issuers: [{ issuer: a, audience: b, keys: [*******] }] }
      |                                                      ^^^^^^^
      = found: a single value
      = expected: a mapping with `kid`, `algorithm`, `secret` or `public-key`

    === a syntax error beside a password
    upstreams:
      api:
        servers: [http://user:hunter2@10.0.0.1, ]]
    ~~~
    error: the text is not valid YAML
     --> gatehouse.yml:3:46
      |
    3 |     ******** ****************************** **
      |                                              ^
      = found: did not find expected key
      = expected: YAML that parses (while parsing a block mapping)

    === an anchor
    hosts: &names [localhost]
    ~~~
    error: anchors are not supported
     --> gatehouse.yml:1:8
      |
    1 | hosts: &names [localhost]
      |        ^^^^^^^^
      = found: an `&anchor`
      = expected: the value itself

    === an alias
    hosts: *names
    ~~~
    error: aliases are not supported
     --> gatehouse.yml:1:8
      |
    1 | hosts: *names
      |        ^^^^^^
      = found: an `*alias`
      = expected: the value itself, or a quoted `"*"`

    === a tag
    data: !!str ./data
    ~~~
    error: tags are not supported
     --> gatehouse.yml:1:7
      |
    1 | data: !!str ./data
      |       ^^^^^^^^^^^^
      = found: a `!tag`
      = expected: a plain value

    === a merge key
    http: { <<: { body-max: 1MiB } }
    ~~~
    error: unknown key `<<`
     --> gatehouse.yml:1:9 (http.<<)
      |
    1 | http: { <<: { body-max: 1MiB } }
      |         ^^
      = found: a key that `http` does not have
      = expected: `header-bytes-max`, `header-count-max`, `line-max` or `body-max`

    === two documents
    data: ./data
    ---
    data: ./data
    ~~~
    error: more than one document
     --> gatehouse.yml:2:1
      |
    2 | ---
      | ^^^
      = found: a second document
      = expected: one document

    === a key that is a list
    ? [a, b]
    : c
    ~~~
    error: a key that is not text
     --> gatehouse.yml:1:3
      |
    1 | ? [a, b]
      |   ^
      = found: a list or a mapping as a key
      = expected: a name

    === a tab
    http:
    	body-max: 1MiB
    ~~~
    error: the text is not valid YAML
     --> gatehouse.yml:2:1
      |
    2 |  body-max: 1MiB
      | ^
      = found: found character that cannot start any token
      = expected: YAML that parses (while scanning for the next token)
      = help: indent with spaces: YAML does not take tabs

    === an unclosed list
    hosts: [localhost
    ~~~
    error: the text is not valid YAML
     --> gatehouse.yml:2:7
      |
    2 | routes: [{ path: /, methods: [GET], access: anyone, respond: {} }]
      |       ^
      = found: did not find expected ',' or ']'
      = expected: YAML that parses (while parsing a flow sequence)

    === an unclosed quote below a secret
    #bare
    tokens:
      secret: "hunter2
    ~~~
    error: the text is not valid YAML
     --> gatehouse.yml:4:1
      = found: found unexpected end of stream
      = expected: YAML that parses (while scanning a quoted scalar)

    === a control character by escape
    data: "a\0b"
    ~~~
    error: a control character in a value
     --> gatehouse.yml:1:7
      |
    1 | data: "a\0b"
      |       ^^^^^^
      = found: an escaped control character
      = expected: text

    === an escape sequence in a value
    data: "\e[31mred"
    ~~~
    error: a control character in a value
     --> gatehouse.yml:1:7
      |
    1 | data: "\e[31mred"
      |       ^^^^^^^^^^^
      = found: an escaped control character
      = expected: text

    === an empty file
    #bare
    ~~~
    error: the configuration is empty
     --> gatehouse.yml
      = found: nothing
      = expected: at least `routes`
      = help: `gatehouse init` writes a starter

    === warns of the service in plain
    listeners: [{ address: "0.0.0.0:80", protocol: http }]
    ~~~
    warning: the service in plain on an address that others reach
     --> gatehouse.yml:1:48 (listeners[0].protocol)
      |
    1 | listeners: [{ address: "0.0.0.0:80", protocol: http }]
      |                                                ^^^^
      = found: `http` on `0.0.0.0:80`
      = expected: `https`, or a loopback address behind something that ends TLS

    === warns of a PROXY protocol that anybody can speak
    hosts: [api.example.com]
    listeners: [{ address: "[::]:8443", proxy-protocol: true }]
    ~~~
    warning: whoever reaches this listener chooses its address
     --> gatehouse.yml:2:53 (listeners[0].proxy-protocol)
      |
    2 | listeners: [{ address: "[::]:8443", proxy-protocol: true }]
      |                                                     ^^^^
      = found: `proxy-protocol` on `[::]:8443`
      = expected: an address that only the balancer reaches

    === warns of a public listener that answers for localhost alone
    listeners: [{ address: "0.0.0.0:8443" }]
    ~~~
    warning: only `localhost` is answered for
     --> gatehouse.yml (hosts)
      = found: a listener on `0.0.0.0:8443`
      = expected: the names that clients use

    === warns of a public admin listener
    admin: { address: "0.0.0.0:9090" }
    ~~~
    warning: metrics and details on an address that others reach
     --> gatehouse.yml:1:19 (admin.address)
      |
    1 | admin: { address: "0.0.0.0:9090" }
      |                   ^^^^^^^^^^^^^^
      = found: `0.0.0.0:9090`
      = expected: a loopback address

    === warns of bounds that one browser reaches
    connections: { per-client: 4 }
    floods: { connections-burst: 6, handshakes-burst: 9, bad-requests-max: 1 }
    ~~~
    warning: less than one browser opens at once
     --> gatehouse.yml:1:28 (connections.per-client)
      |
    1 | connections: { per-client: 4 }
      |                            ^
      = found: `4`
      = expected: 10 for one person, 512 for an office behind one address

    warning: less than one browser opens at once
     --> gatehouse.yml:2:30 (floods.connections-burst)
      |
    2 | floods: { connections-burst: 6, handshakes-burst: 9, bad-requests-max: 1 }
      |                              ^
      = found: `6`
      = expected: 10 for one person, 512 for an office behind one address

    warning: less than one browser opens at once
     --> gatehouse.yml:2:51 (floods.handshakes-burst)
      |
    2 | floods: { connections-burst: 6, handshakes-burst: 9, bad-requests-max: 1 }
      |                                                   ^
      = found: `9`
      = expected: 10 for one person, 512 for an office behind one address

    warning: one broken program bars everybody beside it
     --> gatehouse.yml:2:72 (floods.bad-requests-max)
      |
    2 | floods: { connections-burst: 6, handshakes-burst: 9, bad-requests-max: 1 }
      |                                                                        ^
      = found: `1`
      = expected: 10 or more: many people can share an address

    === warns of trusting everybody
    trusted-proxies: [0.0.0.0/0, "::/0"]
    ~~~
    warning: nearly everybody is a trusted proxy
     --> gatehouse.yml:1:19 (trusted-proxies[0])
      |
    1 | trusted-proxies: [0.0.0.0/0, "::/0"]
      |                   ^^^^^^^^^
      = found: `0.0.0.0/0`
      = expected: the proxies' own networks

    warning: nearly everybody is a trusted proxy
     --> gatehouse.yml:1:30 (trusted-proxies[1])
      |
    1 | trusted-proxies: [0.0.0.0/0, "::/0"]
      |                              ^^^^^^
      = found: `::/0`
      = expected: the proxies' own networks

    === warns of writing by anyone
    upstreams: { api: { servers: [http://127.0.0.1:3000] } }
    routes: [{ path: /, methods: [GET, POST], access: anyone, upstream: api }]
    ~~~
    warning: anyone may write
     --> gatehouse.yml:2:51 (routes[0].access)
      |
    2 | routes: [{ path: /, methods: [GET, POST], access: anyone, upstream: api }]
      |                                                   ^^^^^^
      = found: `anyone` for `POST`
      = expected: `signed-in`, roles or permissions, or reading methods alone

    === warns of routes without a limit
    limits: []
    ~~~
    warning: no limit covers this route
     --> gatehouse.yml:2:10 (routes[0])
      |
    2 | routes: [{ path: /, methods: [GET], access: anyone, respond: {} }]
      |          ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
      = found: `/`
      = expected: a limit that applies everywhere or that the route names

    === warns of large bodies
    http: { body-max: 17MiB }
    ~~~
    warning: large bodies are taken
     --> gatehouse.yml:1:19 (http.body-max)
      |
    1 | http: { body-max: 17MiB }
      |                   ^^^^^
      = found: `17MiB` for `/`
      = expected: at most `16MiB`, or a limit on this route

    === warns of large bodies of a route
    routes: [{ path: /, methods: [PUT], access: anyone, respond: {}, body-max: 1GiB }]
    ~~~
    warning: large bodies are taken
     --> gatehouse.yml:1:76 (routes[0].body-max)
      |
    1 | routes: [{ path: /, methods: [PUT], access: anyone, respond: {}, body-max: 1GiB }]
      |                                                                            ^^^^
      = found: `1GiB` for `/`
      = expected: at most `16MiB`, or a limit on this route

    === warns of a limit that all clients share
    limits: [{ name: a, quota: 1, window: 1m, key: route }]
    ~~~
    warning: one client can use up a limit for all
     --> gatehouse.yml:1:48 (limits[0].key)
      |
    1 | limits: [{ name: a, quota: 1, window: 1m, key: route }]
      |                                                ^^^^^
      = found: counted by route alone
      = expected: `address` or `account` too

    === warns of what nothing uses
    upstreams: { api: { servers: [http://127.0.0.1:3000] } }
    limits: [{ name: a, quota: 1, window: 1m }, { name: b, quota: 1, window: 1m, applies: named }]
    ~~~
    warning: an upstream that no route names
     --> gatehouse.yml:1:19 (upstreams.api)
      |
    1 | upstreams: { api: { servers: [http://127.0.0.1:3000] } }
      |                   ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
      = found: `api`
      = expected: a route with `upstream: api`

    warning: a limit that no route names
     --> gatehouse.yml:2:45 (limits[1])
      |
    2 | limits: [{ name: a, quota: 1, window: 1m }, { name: b, quota: 1, window: 1m, applies: named }]
      |                                             ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
      = found: `b`
      = expected: a route with `limits: [b]`

    === warns of every page
    cors: { origins: ["*"] }
    ~~~
    warning: every page may call
     --> gatehouse.yml:1:19 (cors.origins[0])
      |
    1 | cors: { origins: ["*"] }
      |                   ^^^
      = found: `*`
      = expected: the origins of your own pages

    === warns of a plain origin
    cors: { origins: ["http://localhost:5173"], dangerously-allow-plain-origins: true }
    ~~~
    warning: an origin without TLS
     --> gatehouse.yml:1:19 (cors.origins[0])
      |
    1 | cors: { origins: ["http://localhost:5173"], dangerously-allow-plain-origins: true }
      |                   ^^^^^^^^^^^^^^^^^^^^^^^
      = found: `http://localhost:5173`
      = expected: an `https` origin

    === warns of a header that is left out or misspelt
    headers: { page: { x-frame-options: null, x-content-type-option: nosniff } }
    ~~~
    warning: a protecting header is left out
     --> gatehouse.yml:1:37 (headers.page.x-frame-options)
      |
    1 | headers: { page: { x-frame-options: null, x-content-type-option: nosniff } }
      |                                     ^^^^
      = found: `x-frame-options: null`
      = expected: the preset's value, or one of your own

    warning: a header name close to a known one
     --> gatehouse.yml:1:66 (headers.page.x-content-type-option)
      |
    1 | headers: { page: { x-frame-options: null, x-content-type-option: nosniff } }
      |                                                                  ^^^^^^^
      = found: `x-content-type-option`
      = expected: `x-content-type-options`

    === warns of tokens that are good for long and of shared secrets
    tokens: { issuers: [{ issuer: a, audience: b, max-age: 30d, keys: [{ algorithm: HS256, secret: { env: DULL_SECRET } }] }] }
    ~~~
    warning: tokens are good for long
     --> gatehouse.yml:1:56 (tokens.issuers[0].max-age)
      |
    1 | …rs: [{ issuer: a, audience: b, max-age: 30d, keys: [{ algorithm: HS256, secret: { env: DULL_SECRET…
      |                                          ^^^
      = found: `30d`
      = expected: `1d` or less: a stolen token is good until then

    warning: a shared secret checks tokens
     --> gatehouse.yml:1:81 (tokens.issuers[0].keys[0].algorithm)
      |
    1 | …uer: a, audience: b, max-age: 30d, keys: [{ algorithm: HS256, secret: { env: DULL_SECRET } }] }] }
      |                                                         ^^^^^
      = found: `HS256`: whoever can check a token can also make one
      = expected: `EdDSA` or `ES256` with a public key

    warning: a secret that can be guessed
     --> gatehouse.yml:1:96 (tokens.issuers[0].keys[0].secret)
      |
    1 | …uer: a, audience: b, max-age: 30d, keys: [{ algorithm: HS256, secret: { env: DULL_SECRET } }] }] }
      |                                                                        ^^^^^^^^^^^^^^^^^^^^
      = found: few different bytes, not shown
      = expected: random bytes, as from `openssl rand -hex 32`

    === warns of an upstream in plain elsewhere
    upstreams: { api: { servers: ["http://api.internal:3000", "builtin:echo"] } }
    routes: [{ path: /, methods: [GET], access: anyone, upstream: api }]
    ~~~
    warning: an upstream in plain on another machine
     --> gatehouse.yml:1:31 (upstreams.api.servers[0])
      |
    1 | upstreams: { api: { servers: ["http://api.internal:3000", "builtin:echo"] } }
      |                               ^^^^^^^^^^^^^^^^^^^^^^^^^^
      = found: `http://api.internal:3000`
      = expected: `https`, or a network that nobody else reaches

    warning: the built-in echo answers
     --> gatehouse.yml:1:59 (upstreams.api.servers[1])
      |
    1 | upstreams: { api: { servers: ["http://api.internal:3000", "builtin:echo"] } }
      |                                                           ^^^^^^^^^^^^^^
      = found: `builtin:echo`
      = expected: the address of an API

    === a limit without a window
    limits: [{ name: a, quota: 1 }]
    ~~~
    error: missing key `window`
     --> gatehouse.yml:1:10 (limits[0])
      |
    1 | limits: [{ name: a, quota: 1 }]
      |          ^
      = found: a limit without `window`
      = expected: a duration from 1s to 7d

    === a size as a number of requests
    limits: [{ name: a, quota: 10MiB, window: 1m }]
    ~~~
    error: a size as a quota of requests
     --> gatehouse.yml:1:10 (limits[0])
      |
    1 | limits: [{ name: a, quota: 10MiB, window: 1m }]
      |          ^
      = found: `quota` with a unit of bytes
      = expected: `unit: bytes`, or a number

    === bytes on a log of times
    limits: [{ name: a, quota: 10MiB, unit: bytes, algorithm: sliding-window, window: 1m }]
    ~~~
    error: a limit that cannot work
     --> gatehouse.yml:1:10 (limits[0])
      |
    1 | limits: [{ name: a, quota: 10MiB, unit: bytes, algorithm: sliding-window, window: 1m }]
      |          ^
      = found: `algorithm`
      = expected: `algorithm` keeps the time of each request and can't hold bytes: use sliding-counter, gcra or fixed-window

    === a tier for nobody
    limits: [{ name: a, key: account, quota: 1, window: 1m, tiers: [{ quota: 5 }] }]
    ~~~
    error: a tier for nobody in particular
     --> gatehouse.yml:1:65 (limits[0].tiers[0])
      |
    1 | limits: [{ name: a, key: account, quota: 1, window: 1m, tiers: [{ quota: 5 }] }]
      |                                                                 ^
      = found: neither `role` nor `claim`
      = expected: one of `role` and `claim`

    === waits that begin behind the end
    limits: [{ name: a, quota: 5, window: 1m, slow-down: { after: 5 } }]
    ~~~
    error: a limit that cannot work
     --> gatehouse.yml:1:10 (limits[0])
      |
    1 | limits: [{ name: a, quota: 5, window: 1m, slow-down: { after: 5 } }]
      |          ^
      = found: `slow-down`
      = expected: `slow-down` must begin before the quota, 5, is used up

    === autonomous systems that nobody knows
    limits: [{ name: a, quota: 5, window: 1m, key: asn }]
    ~~~
    error: autonomous systems that nobody knows
     --> gatehouse.yml:1:48 (limits[0].key)
      |
    1 | limits: [{ name: a, quota: 5, window: 1m, key: asn }]
      |                                                ^^^
      = found: `asn` without `geo.asn-database`
      = expected: `geo: { asn-database: FILE }`

    === a limit in a Redis that is not there
    limits: [{ name: a, quota: 5, window: 1m, store: redis }]
    ~~~
    error: nobody says what happens while Redis can't be asked
     --> gatehouse.yml:1:10 (limits[0])
      |
    1 | limits: [{ name: a, quota: 5, window: 1m, store: redis }]
      |          ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
      = found: `a` without `when-unavailable`
      = expected: `when-unavailable: refuse`, `allow` or `local`, here or as `redis.when-unavailable.limits` for all

    error: a store that is not there
     --> gatehouse.yml:1:50 (limits[0].store)
      |
    1 | limits: [{ name: a, quota: 5, window: 1m, store: redis }]
      |                                                  ^^^^^
      = found: `redis` without `redis:`
      = expected: `redis: { url: … }`

    === a share of nothing
    limits: [{ name: a, quota: 5, window: 1m, local-share: 0.5 }]
    ~~~
    error: `local-share` without `local`
     --> gatehouse.yml:1:10 (limits[0])
      |
    1 | limits: [{ name: a, quota: 5, window: 1m, local-share: 0.5 }]
      |          ^
      = found: no `when-unavailable: local`
      = expected: `when-unavailable: local`, or no `local-share`

    === a route that costs more than there is
    limits: [{ name: a, quota: 5, unit: cost, window: 1m }]
    routes: [{ path: /, methods: [GET], access: anyone, respond: {}, cost: 6 }]
    ~~~
    error: a route that costs more than its limit has
     --> gatehouse.yml:1:28 (limits[0].quota)
      |
    1 | limits: [{ name: a, quota: 5, unit: cost, window: 1m }]
      |                            ^
      = found: 5 for `/`, which costs 6
      = expected: a quota of at least 6

    === signed-in callers told apart by address
    limits: [{ name: a, quota: 5, window: 1m, callers: signed-in }, { name: b, quota: 300, window: 1m }]
    ~~~
    warning: signed-in callers are told apart by address alone
     --> gatehouse.yml:1:10 (limits[0].key)
      |
    1 | limits: [{ name: a, quota: 5, window: 1m, callers: signed-in }, { name: b, quota: 300, window: 1m }]
      |          ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
      = found: `callers: signed-in` with `key: address`
      = expected: `account`, `session` or `api-key`

    === anonymous callers told apart by account
    limits: [{ name: a, key: account, quota: 5, window: 1m, callers: anonymous }, { name: b, quota: 300, window: 1m }]
    ~~~
    warning: anonymous callers have no account
     --> gatehouse.yml:1:26 (limits[0].key)
      |
    1 | limits: [{ name: a, key: account, quota: 5, window: 1m, callers: anonymous }, { name: b, quota: 30…
      |                          ^^^^^^^
      = found: `callers: anonymous` with `key: account`
      = expected: `address` or `network`

    === two limits that count the same
    limits: [{ name: a, quota: 5, window: 1m }, { name: b, quota: 5, window: 1m }]
    ~~~
    warning: two limits count the same
     --> gatehouse.yml:1:45 (limits[1])
      |
    1 | limits: [{ name: a, quota: 5, window: 1m }, { name: b, quota: 5, window: 1m }]
      |                                             ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
      = found: `b` is as `a`
      = expected: one of them: each request is counted twice

    === a limit that clients leave by a new key
    limits: [{ name: a, key: api-key, quota: 5, window: 1m }]
    ~~~
    warning: clients choose what this limit counts by
     --> gatehouse.yml:1:26 (limits[0].key)
      |
    1 | limits: [{ name: a, key: api-key, quota: 5, window: 1m }]
      |                          ^^^^^^^
      = found: `a` by `api-key`, and no limit by `address` everywhere
      = expected: a limit by `address` beside it

    === a network that one subscriber leaves
    limits: [{ name: a, key: network, quota: 5, window: 1m, network: { ipv6: 64 } }]
    ~~~
    warning: a network that one subscriber leaves
     --> gatehouse.yml:1:74 (limits[0].network.ipv6)
      |
    1 | limits: [{ name: a, key: network, quota: 5, window: 1m, network: { ipv6: 64 } }]
      |                                                                          ^^
      = found: /64
      = expected: /56 or less: many providers give a subscriber as much

    === a sign-in without a limit of its own
    limits: [{ name: a, quota: 5, window: 1m }]
    routes: [{ path: /login, methods: [POST], access: anyone, respond: {} }]
    ~~~
    warning: a sign-in without a limit of its own
     --> gatehouse.yml:2:10 (routes[0])
      |
    2 | routes: [{ path: /login, methods: [POST], access: anyone, respond: {} }]
      |          ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
      = found: `/login`
      = expected: a limit with `counts: failures`, named by the route or for its prefix
    """#
