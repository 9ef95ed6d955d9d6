"""The servers and programs of a run, and how they are reached."""
import os
import pathlib
import shutil
import signal
import subprocess
import time
import urllib.request

from .proxy import Lines

ROOT = pathlib.Path(__file__).resolve().parents[3]
DIRECTORY = ROOT / ".local" / "chaos"
STACK = "chaos-stack"


class Program:
    """A program of the system. Killed and started again it keeps its name, addresses and log."""

    def __init__(self, name, command, environment, lines=None):
        self.name, self.lines = name, lines or {}
        self._command, self._environment = command, environment
        self._process, self.is_frozen, self._is_killed = None, False, False

    def start(self):
        self._is_killed = False
        with open(DIRECTORY / f"{self.name}.log", "ab") as log:
            self._process = subprocess.Popen(self._command, env=self._environment, stdin=subprocess.DEVNULL,
                                             stdout=log, stderr=log, start_new_session=True)

    @property
    def pid(self):
        return self._process.pid

    @property
    def is_running(self):
        return self._process is not None and self._process.poll() is None

    @property
    def has_ended_by_itself(self):
        return not self._is_killed and not self.is_running

    def kill(self):
        self._is_killed = True
        self._process.kill()
        self._process.wait()

    def freeze(self):
        self.is_frozen = True
        os.kill(self.pid, signal.SIGSTOP)

    def thaw(self):
        os.kill(self.pid, signal.SIGCONT)
        self.is_frozen = False

    def stop(self):
        """The exit code of a polite stop."""
        if self.is_running:
            self._process.terminate()
        try:
            return self._process.wait(45)
        except subprocess.TimeoutExpired:
            self.kill()
            return -signal.SIGKILL


class World:
    """Servers of its own, two producers, three workers with countable effects and two that send mails."""

    def __init__(self, programs):
        self._binaries = programs
        self._base = {name: value for name, value in os.environ.items() if not name.startswith("RELAIS_")}
        self._base["RELAIS_STACK"] = STACK
        self.environment, self.programs = {}, []

    def stack(self, *words):
        with open(DIRECTORY / "stack.log", "ab") as log:
            subprocess.run([ROOT / "deploy/stack", *words], env=self._base, check=True, stdout=log, stderr=log)

    def sql(self, text, patience=0.0):
        """The rows as lists of texts. A database that is away is waited for, `patience` seconds long."""
        limit = time.monotonic() + patience
        while True:
            result = subprocess.run(["psql", "-XqAt", "-F", "\x1f", "-v", "ON_ERROR_STOP=1"], env=self.environment,
                                    input=text, capture_output=True, text=True, check=False)
            if result.returncode == 0:
                return [line.split("\x1f") for line in result.stdout.splitlines()]
            if time.monotonic() >= limit:
                raise RuntimeError(f"psql ended with {result.returncode}: {result.stderr.strip()[-500:]}")
            time.sleep(0.3)

    def wipe_broker(self):
        shutil.rmtree(pathlib.Path(self.environment["RELAIS_STACK_DIRECTORY"]) / "rabbitmq" / "data")

    def broker(self, method, path):
        """A call of RabbitMQ's management interface."""
        url = self.environment["RELAIS_BROKER_API_URL"]
        scheme, rest = url.split("://")
        login, host = rest.rsplit("@", 1)
        passwords = urllib.request.HTTPPasswordMgrWithPriorAuth()
        passwords.add_password(None, f"{scheme}://{host}/", *login.split(":", 1), is_authenticated=True)
        opener = urllib.request.build_opener(urllib.request.HTTPBasicAuthHandler(passwords))
        opener.open(urllib.request.Request(f"{scheme}://{host}{path}", method=method), timeout=20).close()

    def start_servers(self):
        self.stack("reset")
        shown = subprocess.run(["bash", "-c", 'eval "$("$0" env)" && env -0', ROOT / "deploy/stack"], env=self._base,
                               check=True, capture_output=True, text=True).stdout
        self.environment = dict(line.split("=", 1) for line in shown.split("\0") if line)
        first = int(self.environment["RELAIS_STACK_FREE_PORT"])
        self.environment |= {
            "RELAIS_SIGNING_SECRET": "chaos-" * 8, "RELAIS_SMTP_START_TLS": "none", "RELAIS_WORKERS_PORT": "0",
            "RELAIS_PUBLIC_URL": f"http://127.0.0.1:{first}",
            "RELAIS_ACTIVATION_URL": "http://platform.test/activation?jeton={token}",
            "RELAIS_RESET_URL": "http://platform.test/mot-de-passe?jeton={token}",
        }
        self.intake_ports = [first, first + 1]

    def run_program(self, name, *arguments):
        """The first line of a program that ends by itself."""
        with open(DIRECTORY / "commands.log", "ab") as log:
            said = subprocess.run([self._binaries / name, *arguments], env=self.environment, check=True, text=True,
                                  stdout=subprocess.PIPE, stderr=log).stdout
        return said.strip().split("\n")[0]

    def start_programs(self):
        lines = Lines()
        for number, port in enumerate(self.intake_ports, 1):
            self._add(lines, f"producer-{number}", ["producer", "serve"], number == 2, RELAIS_HTTP_PORT=str(port))
        for number in (1, 2, 3):
            self._add(lines, f"effects-{number}", ["relais-chaos", "run"], number == 3)
        for number in (1, 2):
            self._add(lines, f"mails-{number}", ["workers", "run", "--only", "password-reset"], number == 2)

    def _add(self, lines, name, command, is_cuttable, **more):
        """Programs that may be cut off reach their servers through proxies; mails always do, so that the mail
        server's log can be read by worker."""
        environment, own = dict(self.environment, **more), {}
        wanted = {"mail": "RELAIS_SMTP_URL"} if name.startswith("mails") else {}
        if is_cuttable:
            wanted |= {"database": "RELAIS_DATABASE_URL", "broker": "RELAIS_BROKER_URL"}
        for line, setting in wanted.items():
            port = int(environment[setting].rsplit("127.0.0.1:", 1)[1].split("/")[0])
            own[line] = lines.to(port)
            environment[setting] = environment[setting].replace(f"127.0.0.1:{port}", f"127.0.0.1:{own[line].port}")
        program = Program(name, [self._binaries / command[0], *command[1:]], environment, own)
        self.programs.append(program)
        program.start()

    def start_again(self):
        """What a supervisor does: starts what has ended by itself, and answers its names. A program that meets a
        database that is away while it starts leaves it to be called again."""
        ended = [program for program in self.programs if program.has_ended_by_itself]
        for program in ended:
            program.start()
        return [program.name for program in ended]

    def named(self, *prefixes):
        return [program for program in self.programs if program.name.startswith(prefixes)]

    def stop(self):
        """The exit codes of the programs that did not end with 0."""
        programs, self.programs = self.programs, []
        for program in programs:
            if program.is_frozen:
                program.thaw()
        codes = {program.name: program.stop() for program in reversed(programs)}
        self.stack("stop")
        return {name: code for name, code in codes.items() if code != 0}
