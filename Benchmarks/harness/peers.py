"""The servers that are measured: how each is configured and started."""

import dataclasses
import glob
import os
import re
import shlex
import shutil

from harness import fixtures


@dataclasses.dataclass
class Setting:
    """One start of a server: its ports, its folder, and what it is to serve."""

    directory: object
    port: int
    tls: int
    upstream: int
    workload: str
    programs: dict
    connections: int = 8192
    # The port of a Redis that is there for this start; 0 without one.
    redis: int = 0

    @property
    def proxies(self):
        """Whether the workload goes on to an upstream."""
        return self.workload.startswith("W6")

    def values(self):
        """What the templates may name."""
        return {
            "DIR": self.directory, "PORT": self.port, "TLS": self.tls,
            "UPSTREAM": self.upstream, "SECRET": fixtures.SECRET,
            "CONNECTIONS": self.connections, "REDIS": self.redis,
        }


@dataclasses.dataclass
class Peer:
    """A server, the workloads it takes part in, and a function that gives its command."""

    name: str
    does: str
    workloads: str
    command: object
    binary: str
    # Whether it checks tokens in W6; the bare proxy does not.
    checks: bool = True

    def missing(self):
        """Why it can't run, or nothing."""
        if not self.binary:
            return "not given"
        return "" if shutil.which(self.binary) else f"no {self.binary}"


def fixed(setting):
    return [setting.programs["fixed"], str(setting.port), "200"]


def haproxy(setting):
    header = "    http-after-response set-header {} {} if {{ var(txn.checked) -m found }}"
    values = setting.values()
    text = fixtures.render(
        "peers/haproxy.cfg",
        HEADERS="\n".join(
            header.format(name, value.replace(" ", "\\ "))
            for name, value in fixtures.HEADERS.items()),
        ANSWERS="" if setting.proxies else fixtures.render("peers/haproxy-answers.cfg"),
        TICKETS=tickets(" no-tls-tickets", ""))
    for name, value in values.items():
        text = text.replace(f"@{name}@", str(value))
    file = setting.directory / "haproxy.cfg"
    file.write_text(text)
    return ["haproxy", "-db", "-q", "-f", str(file)]


def nginx(locations):
    def command(setting):
        libraries = glob.glob("/usr/lib/*/lua/5.1") or ["/usr/lib/lua/5.1"]
        text = fixtures.render(
            "peers/nginx.conf",
            HEADERS="\n".join(
                f'        add_header {name} "{value}" always;'
                for name, value in fixtures.HEADERS.items()),
            LOCATIONS=fixtures.render(f"peers/{locations}.conf"),
            USER="user root;" if os.geteuid() == 0 else "",
            LUA_LIBRARIES=libraries[0], TICKETS=tickets("off", "on"), **setting.values())
        (setting.directory / "nginx.conf").write_text(text)
        (setting.directory / "gate.lua").write_text(
            fixtures.render("peers/gate.lua", **setting.values()))
        (setting.directory / "redis_limit.lua").write_text(
            fixtures.render("peers/redis_limit.lua", **setting.values()))
        modules = "/usr/share/nginx"
        prefix = ["-p", modules] if os.path.isdir(modules) else []
        return ["nginx", *prefix, "-c", str(setting.directory / "nginx.conf")]
    return command


def nginx_for(workload_locations, proxy_locations):
    """nginx answers or proxies, by the workload."""
    def command(setting):
        return nginx(proxy_locations if setting.proxies else workload_locations)(setting)
    return command


def tickets(off, on):
    """Session tickets are off, as with resumption off; BENCH_TICKETS=on leaves them to OpenSSL."""
    return on if os.environ.get("BENCH_TICKETS") == "on" else off


def gatehouse(access, limits=True):
    def command(setting):
        part = "proxy" if setting.proxies else "direct"
        log = setting.directory / "access.log" if access else "off"
        text = common(setting, log)
        if not limits:
            text = re.sub(r"limits:\n(  - .*\n)+", "limits: []\n", text)
        text += fixtures.render(f"gatehouse/{part}.yml", **setting.values())
        file = setting.directory / "gatehouse.yml"
        file.write_text(text)
        return [binary(), "run", "--config", str(file)]
    return command


def common(setting, log="off"):
    """What the configurations of Gatehouse begin with."""
    unavailable = ", when-unavailable: refuse" if setting.redis else ""
    text = fixtures.render(
        "gatehouse/common.yml", ACCESS=log, UNAVAILABLE=unavailable, **setting.values())
    if setting.redis:
        text += fixtures.render("gatehouse/redis.yml", **setting.values())
    return text


def binary():
    """The gatehouse program: GATEHOUSE, or the release build of this checkout."""
    return os.environ.get("GATEHOUSE") or str(
        fixtures.HERE.parent / ".build" / "release" / "gatehouse")


def handler(setting):
    """Our handlers on the library, with the gateway's configuration; or GATEHOUSE_HANDLER's
    command, which reads these variables."""
    given = os.environ.get("GATEHOUSE_HANDLER")
    if not given:
        text = common(setting)
        text += fixtures.render("gatehouse/direct.yml", **setting.values())
        file = setting.directory / "handler.yml"
        file.write_text(text)
        return [own_handler(), "--config", str(file)]
    return ["env", f"PORT={setting.port}", f"TLS_PORT={setting.tls}",
            f"UPSTREAM_PORT={setting.upstream}", f"DIRECTORY={setting.directory}",
            *shlex.split(given)]


def own_handler():
    """Where `build_handler` puts our handlers."""
    return str(fixtures.HERE.parent / ".build" / "bench" / "release" / "GatehouseHandler")


def all_peers():
    """Every peer, in the order in which they run."""
    given = shlex.split(os.environ.get("GATEHOUSE_HANDLER", ""))
    return [
        Peer("gatehouse", "the gateway, access log off", "W1 W2 W4 W5 W6 W6Q W6P W7 idle",
             gatehouse(False), binary()),
        Peer("gatehouse-log", "the gateway, access log to a file", "W1 W2 W6",
             gatehouse(True), binary()),
        Peer("gatehouse-unlimited", "the gateway without limits", "W2",
             gatehouse(False, limits=False), binary(), checks=False),
        Peer("gatehouse-handler", "a handler on the library", "W3",
             handler, given[0] if given else own_handler()),
        Peer("haproxy", "the same checks in its rules; W7's counter is local",
             "W1 W2 W3 W4 W5 W6 W6Q W6P W7 idle",
             haproxy, "haproxy"),
        Peer("nginx", "W1 return 200; the checks in Lua",
             "W1 W2 W3 W4 W5 W6 W6Q W6P W7 idle",
             nginx_for("nginx-lua", "nginx-lua-proxy"), "nginx"),
        Peer("nginx-proxy", "a bare proxy, no token check", "W6 W6Q W6P",
             nginx("nginx-proxy"), "nginx", checks=False),
        Peer("fixed", "fixed bytes from a bare epoll loop", "W1", fixed, "gcc", checks=False),
    ]
