import ArgumentParser
import Bootstrap
import Foundation
import JobEngine
import Postgres

/// `producer tokens`
struct Tokens: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Makes, lists and revokes the tokens with which intake is called.",
        subcommands: [Create.self, List.self, Revoke.self]
    )

    /// `producer tokens create NAME --scope platform,viewer`
    struct Create: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Makes a token and prints it, once: only its hash is kept."
        )

        @Argument(help: "What the token is for: lower case, digits, points and hyphens.")
        var name: String

        @Option(help: "Comma-separated: platform, operator, viewer, metrics.")
        var scope: String

        func validate() throws {
            guard AccessTokens.isName(name) else {
                throw ValidationError(
                    "NAME: expected 1 to 63 of a-z, 0-9, '.', '_' and '-', beginning with a-z or 0-9."
                )
            }
            _ = try scopes()
        }

        func run() async throws {
            let scopes = try scopes()
            try await DatabaseCommand.run { pool in
                let token = AccessToken()
                guard try await AccessTokens(pool).add(token, name: name, scopes: scopes) else {
                    CommandEnding.say("a token named \(name) is in use: revoke it first, or take another name")
                    throw ArgumentParser.ExitCode(Bootstrap.ExitCode.usage.rawValue)
                }
                print(token.text)
            }
        }

        private func scopes() throws -> [Scope] {
            try scope.split(separator: ",", omittingEmptySubsequences: false).map { text in
                guard let scope = Scope(rawValue: text.trimmingCharacters(in: .whitespaces)) else {
                    let known = Scope.allCases.map(\.rawValue).joined(separator: ", ")
                    throw ValidationError("--scope: expected some of \(known), separated by commas.")
                }
                return scope
            }
        }
    }

    /// `producer tokens list`
    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Lists tokens: name, scopes, when made and revoked.")

        func run() async throws {
            try await DatabaseCommand.run { pool in
                for entry in try await AccessTokens(pool).list() {
                    let scopes = entry.scopes.joined(separator: ",")
                    let end = entry.revokedAt.map { "revoked \(Instant.text($0))" } ?? "in use"
                    print("\(entry.name)\t\(scopes)\tmade \(Instant.text(entry.createdAt))\t\(end)")
                }
            }
        }
    }

    /// `producer tokens revoke NAME`
    struct Revoke: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Revokes a token; takes effect with the next request."
        )

        @Argument(help: "The token's name.")
        var name: String

        func run() async throws {
            try await DatabaseCommand.run { pool in
                guard try await AccessTokens(pool).revoke(name) else {
                    CommandEnding.say("no token named \(name) is in use: see `producer tokens list`")
                    throw ArgumentParser.ExitCode(Bootstrap.ExitCode.usage.rawValue)
                }
                print("revoked \(name)")
            }
        }
    }
}
