import Foundation
import JobEngine
import Mail
import Platform

/// Which handler carries out which kind.
enum Handlers {
    /// Where exports are written.
    static var exportDirectory: URL { FileManager.default.temporaryDirectory }

    static func registry(settings: WorkersSettings, mailer: Mailer, sms: SMSGateway?) throws -> HandlerRegistry {
        let jobMailer = JobMailer(mailer: mailer, envelope: try settings.mail.envelope())
        let secret = try SigningSecret(settings.signingSecret.utf8)
        let texter = JobTexter(gateway: sms)
        var registry = HandlerRegistry()
        registry.register(
            ActivationHandler(
                sender: AccountMessageSender(
                    mailer: jobMailer,
                    texter: texter,
                    secret: secret,
                    template: try LinkTemplate(settings.links.activation),
                    purpose: .activation
                )
            )
        )
        registry.register(
            PasswordResetHandler(
                sender: AccountMessageSender(
                    mailer: jobMailer,
                    texter: texter,
                    secret: secret,
                    template: try LinkTemplate(settings.links.reset),
                    purpose: .passwordReset
                )
            )
        )
        registry.register(ReferentWelcomeHandler(mailer: jobMailer, signUpURL: settings.links.signUp))
        try registerApplications(in: &registry, settings: settings, mailer: jobMailer)
        registerExports(
            in: &registry,
            delivery: ExportDelivery(
                mailer: jobMailer,
                links: ExportLinks(publicURL: settings.links.publicURL, secret: secret)
            )
        )
        registry.register(StatisticsRefreshHandler())
        registry.register(PlacementsImportHandler())
        return registry
    }

    private static func registerApplications(
        in registry: inout HandlerRegistry,
        settings: WorkersSettings,
        mailer: JobMailer
    ) throws {
        let calendar = try ExpiryCalendar(life: settings.applicationLife)
        let page = settings.links.applications
        registry.register(SubmittedNoticeHandler(mailer: mailer, calendar: calendar, page: page))
        registry.register(DecisionNoticeHandler(mailer: mailer))
        registry.register(ExpirySweepHandler(life: settings.applicationLife))
        registry.register(ExpiredNoticeHandler(mailer: mailer))
        registry.register(ReminderSweepHandler())
        registry.register(ReminderHandler(mailer: mailer, calendar: calendar, page: page))
    }

    private static func registerExports(in registry: inout HandlerRegistry, delivery: ExportDelivery) {
        let directory = exportDirectory
        registry.register(ExportHandler(OffersSheet.self, delivery: delivery, directory: directory))
        registry.register(ExportHandler(OfferStatisticsSheet.self, delivery: delivery, directory: directory))
        registry.register(ExportHandler(SchoolsSheet.self, delivery: delivery, directory: directory))
        registry.register(ExportHandler(AssociationsSheet.self, delivery: delivery, directory: directory))
        registry.register(ExportResendHandler(delivery: delivery, directory: directory))
        registry.register(ExportNotPreparedNoticeHandler(mailer: delivery.mailer))
    }
}
