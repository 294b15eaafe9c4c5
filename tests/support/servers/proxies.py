"""Reverse proxies in front of a gateway: their configurations, written around the settings of a set-up."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from tests.support.servers.programs import find_program, free_port, run_program

_PLACE: Final = re.compile(r"@(\w+)@")

_NGINX: Final = """
@user@
daemon off;
worker_processes 1;
pid @folder@/pid;
error_log @folder@/error.log;
events {}
http {
  access_log off;
  client_body_temp_path @folder@/body;
  proxy_temp_path @folder@/proxy;
  fastcgi_temp_path @folder@/fastcgi;
  uwsgi_temp_path @folder@/uwsgi;
  scgi_temp_path @folder@/scgi;
  map $http_upgrade $upgrading { default upgrade; '' ''; }
  @outer@
  server {
    listen 127.0.0.1:@port@;
    @site@
    location / { proxy_pass http://@behind@; @settings@ }
  }
}
"""

_HAPROXY: Final = """
defaults
  mode http
  timeout connect 5s
  timeout client 60s
  timeout server 60s
  timeout tunnel 60s
  @settings@
frontend front
  bind 127.0.0.1:@port@
  @site@
  default_backend gateway
backend gateway
  @backend@
  @first@
  server gateway @behind@ @server@
"""

_CADDY: Final = """
{
  admin off
  auto_https off
}
http://127.0.0.1:@port@ {
  @site@
  reverse_proxy @first@ @behind@ {
    @settings@
  }
}
"""

_VARNISH: Final = """
vcl 4.1;
backend gateway { .host = "127.0.0.1"; .port = "@behind_port@"; @settings@ }
@outer@
"""

_SQUID: Final = """
http_port 127.0.0.1:@port@ accel defaultsite=127.0.0.1 no-vhost
cache_peer 127.0.0.1 parent @behind_port@ 0 no-query originserver login=PASSTHRU name=gateway
http_access allow all
access_log none
cache_log @folder@/cache.log
pid_filename none
coredump_dir @folder@
shutdown_lifetime 0 seconds
@settings@
"""

_APACHE: Final = """
ServerRoot @folder@
DefaultRuntimeDir @folder@
ServerName 127.0.0.1
Listen 127.0.0.1:@port@
PidFile @folder@/pid
ErrorLog @folder@/error.log
LoadModule mpm_event_module @modules@/mod_mpm_event.so
LoadModule authz_core_module @modules@/mod_authz_core.so
LoadModule proxy_module @modules@/mod_proxy.so
LoadModule proxy_http_module @modules@/mod_proxy_http.so
LoadModule filter_module @modules@/mod_filter.so
LoadModule deflate_module @modules@/mod_deflate.so
LoadModule rewrite_module @modules@/mod_rewrite.so
LoadModule env_module @modules@/mod_env.so
LoadModule ratelimit_module @modules@/mod_ratelimit.so
@settings@
ProxyPass / http://@behind@/ @proxy@
"""

_APACHE_MODULES: Final = "/usr/lib/apache2/modules"


@dataclass(frozen=True, slots=True)
class Proxy:
    """A kind of reverse proxy: its program, its configuration with places for settings, and its command line."""

    program: str
    package: str
    configuration: str
    command: tuple[str, ...]


PROXIES: Final[Mapping[str, Proxy]] = {
    "nginx": Proxy("nginx", "nginx-light", _NGINX, ("-p", "@folder@", "-c", "@file@", "-e", "@folder@/error.log")),
    "haproxy": Proxy("haproxy", "haproxy", _HAPROXY, ("-db", "-f", "@file@")),
    "caddy": Proxy("caddy", "caddy", _CADDY, ("run", "--adapter", "caddyfile", "--config", "@file@")),
    "varnish": Proxy(
        "varnishd",
        "varnish",
        _VARNISH,
        ("-F", "-j", "none", "-n", "@folder@/work", "-a", "127.0.0.1:@port@", "-f", "@file@", "-s", "malloc,256m"),
    ),
    "squid": Proxy("squid", "squid", _SQUID, ("-N", "-f", "@file@")),
    "apache": Proxy("apache2", "apache2", _APACHE, ("-DFOREGROUND", "-f", "@file@")),
}


@contextmanager
def run_proxy(name: str, folder: Path, behind: str, settings: Mapping[str, str]) -> Iterator[str]:
    """Run a proxy before a gateway's address while the block runs; yield the proxy's own address.

    `settings` are the configuration's places: `settings` and `site` in most, further ones in some.
    """
    proxy = PROXIES[name]
    port = free_port()
    places = {
        "folder": str(folder),
        "port": str(port),
        "behind": urlsplit(behind).netloc,
        "behind_port": str(urlsplit(behind).port),
        "user": "user root;" if os.geteuid() == 0 else "",
        "modules": _APACHE_MODULES,
        "file": str(folder / "configuration"),
    }
    places |= {place: _filled(text, places) for place, text in settings.items()}
    folder.chmod(0o777)  # servers that root starts give up their rights
    (folder / "configuration").write_text(_filled(proxy.configuration, places), "utf-8")
    program = find_program(proxy.program) or Path(proxy.program)
    command = [str(program), *(_filled(part, places) for part in proxy.command)]
    with run_program(command, port, folder, {"XDG_CONFIG_HOME": str(folder), "XDG_DATA_HOME": str(folder)}):
        yield f"http://127.0.0.1:{port}"


def _filled(text: str, places: Mapping[str, str]) -> str:
    return _PLACE.sub(lambda match: places.get(match[1], ""), text)
