import Foundation
import JobEngine
import MailTemplates
import Platform
import Postgres

/// Sends an account a link that carries a token: the steps that activation and password reset share.
struct AccountLinkSender: Sendable {
    let mailer: JobMailer
    let secret: SigningSecret
    let template: LinkTemplate
    let purpose: AccountToken.Purpose

    /// Looks the account up, stores the token's hash and sends the mail that `content` makes of name and link.
