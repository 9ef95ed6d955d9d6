import Foundation
import TestSupport
import Testing

@Suite struct Stack {
    @Test(.timeLimit(.minutes(10)))
    func aKilledDatabaseComesBackWithWhatWasCommitted() async throws {
        try await StackScript.with("stack-tests-postgres") { stack in
            try await stack.run("start", "postgres")
            try await stack.asClient("psql -qc 'CREATE TABLE kept AS SELECT 42 AS answer'")
            try await stack.run("kill", "postgres")
            await #expect(throws: StackScript.Failure.self) { try await stack.run("status") }
            try await stack.run("start", "postgres")
            #expect(try await stack.asClient("psql -Atc 'SELECT answer FROM kept'") == "42")
        }
    }

    @Test(.timeLimit(.minutes(10)))
    func aBrokerThatLostItsDataDirectoryTakesTheSameClients() async throws {
        try await StackScript.with("stack-tests-rabbitmq") { stack in
            let permissions = #"curl -fsS "$RELAIS_BROKER_API_URL/api/vhosts/relais/permissions""#
            try await stack.run("start", "rabbitmq")
            let before = try await stack.asClient(permissions)
            let address = try await stack.asClient("echo $RELAIS_BROKER_URL")
            try await stack.run("kill", "rabbitmq")
            try FileManager.default.removeItem(at: stack.directory.appending(path: "rabbitmq/data"))
            try await stack.run("start", "rabbitmq")
            #expect(before.contains(#""vhost":"relais""#))
            #expect(try await stack.asClient(permissions) == before)
            #expect(try await stack.asClient("echo $RELAIS_BROKER_URL") == address)
        }
    }

    @Test(.timeLimit(.minutes(10)))
    func aStartedServerIsLeftAsItIs() async throws {
        try await StackScript.with("stack-tests-smtp") { stack in
            try await stack.run("start", "smtp")
            let pid = try String(contentsOf: stack.directory.appending(path: "smtp.pid"), encoding: .utf8)
            let said = try await stack.run("start", "smtp")
            #expect(said.contains("already running"))
            #expect(try String(contentsOf: stack.directory.appending(path: "smtp.pid"), encoding: .utf8) == pid)
        }
    }
}
