import Foundation
import JobEngine
import Mail
import Platform

/// Which handler carries out which kind.
enum Handlers {
    /// Where exports are written.
    static var exportDirectory: URL { FileManager.default.temporaryDirectory }

    static func registry(settings: WorkersSettings, mailer: Mailer) throws -> HandlerRegistry {
        let jobMailer = JobMailer(mailer: mailer, envelope: try settings.mail.envelope())
        let secret = try SigningSecret(settings.signingSecret.utf8)
        var registry = HandlerRegistry()
        registry.register(
            ActivationHandler(
                sender: AccountLinkSender(
                    mailer: jobMailer,
                    secret: secret,
                    template: try LinkTemplate(settings.links.activation),
                    purpose: .activation
                )
            )
        )
        registry.register(
            PasswordResetHandler(
                sender: AccountLinkSender(
                    mailer: jobMailer,
                    secret: secret,
                    template: try LinkTemplate(settings.links.reset),
                    purpose: .passwordReset
                )
            )
        )
        registry.register(ExpirySweepHandler(life: settings.applicationLife))
        registry.register(ExpiredNoticeHandler(mailer: jobMailer))
        registry.register(
            OffersExportHandler(
                mailer: jobMailer,
                links: ExportLinks(publicURL: settings.links.publicURL, secret: secret),
                directory: exportDirectory
            )
        )
        registry.register(StatisticsRefreshHandler())
        return registry
    }
}
