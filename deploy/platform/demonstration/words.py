"""Words from which names, addresses and texts are put together. All persons, companies and towns are invented."""

BOYS = ("Adam Adrien Amine Antoine Arthur Baptiste Clément David Enzo Étienne Félix Gaël Gaspard Hugo Ibrahim Ilyès Jules "
        "Karim Léo Loïc Louis Lucas Mamadou Mathéo Maël Mehdi Nathan Noé Nolan Oscar Paul Raphaël Rayan Robin Sacha Théo "
        "Timéo Tom Victor Yanis Yohann Youssef").split()
GIRLS = ("Adèle Agathe Aïcha Alice Ambre Anaïs Aya Camille Capucine Chloé Clara Éléonore Élise Emma Fatou Héloïse Inès "
         "Jade Jeanne Julia Juliette Léa Lina Lou Louise Maëlys Manon Maïssa Margaux Mila Naïma Nina Noémie Océane Romane "
         "Rose Salomé Sarah Sofia Victoire Yasmine Zoé").split()
LAST_NAMES = ("Abadie Aubertin Bachelard Baudouin Belhadj Bénard Besançon Blanchet Boissière Bouvier Camara Carpentier "
              "Castel Chabrier Chauvet Colin Coulibaly Courtois Dalmasso D'Almeida Delaunay Delmas Diallo Drouet Dubreuil "
              "Dumoulin El-Amrani Ferreira Fontenay Forestier Gaillard Garnier Germain Gilbert Girardeau Guérin Hamdi "
              "Haddad Jacquemin Jourdain Kaddouri Kerleau Konaté Lacombe Laforêt Lambert Langlois Le-Goff Lemaître Lenoir "
              "L'Hermitte Mabille Marchand Marchetti Martel Meunier Monnier Nadeau N'Diaye Noël Ollivier Pasquier Pelletier "
              "Perrault Poirier Prévost Quéméner Raynaud Renaudin Ribeiro Rousselot Roussel Salmon Sauvage Sève Tanguy "
              "Teixeira Thévenin Toussaint Traoré Vallée Vasseur Verdier Viallet Weiss Yıldız Zerrouki").split()

TOWN_STARTS = ("Bel Bois Brive Cham Clair Fon Gri Haute Lan Mar Mire Mont Pierre Ples Roche Saint-Aubin Saint-Clair "
               "Sainte-Colombe Val Vau Vern Ville").split()
TOWN_ENDS = "bourg cour court faye fontaine gny mont neuve roy seuil tour val vert ville".split()
TOWN_TAILS = ["", "", "", "-sur-Orle", "-les-Prés", "-en-Vaure", "-la-Forêt", "-sous-Bois", "-le-Vieux", "-aux-Chênes"]

STREET_KINDS = ["rue", "rue", "rue", "avenue", "boulevard", "place", "impasse", "allée", "quai", "chemin"]
STREET_NAMES = ["de l'Abreuvoir", "des Acacias", "de la Fontaine-aux-Loups", "du Vieux-Moulin", "des Tilleuls", "de l'Étang",
                "de la Gare", "des Écoles", "du Général-Maréchal", "de la République", "des Trois-Fontaines",
                "de l'Hôtel-de-Ville", "du Pont-Neuf", "des Mésanges", "de la Butte", "du Marché-aux-Fleurs"]

SCHOOL_PATRONS = ["Aimée-Lorrain", "des Bords-de-l'Orle", "Célestin-Mabille", "Édouard-Lenormand", "de la Grande-Île",
                  "Héloïse-Thévenin", "Jean-Aubertin", "Les Hauts-Champs", "Louise-Carpentier", "Marguerite-Sauvage",
                  "Octave-Bénard", "du Parc", "Pierre-Montfaucon", "Rosa-Delmas", "Simone-Vallée", "Théodore-Guérin"]

# "Groupe" none of which has signed the PaQte; all private groups of reference/groups.csv have.
OTHER_GROUPS = ["Groupe Belvaire", "Maison Lenoir-Verdier", "Alvéole Énergies", "Brindille & Cie", "Ceps d'Oc Négoce",
                "Dauphiné Matériaux", "Éclisse Rail Services", "Ferme des Quatre-Vents", "Galets & Galènes",
                "Horlogerie Thévenin", "Isambre Santé", "Jonquille Distribution", "Kermor Pêcheries", "Lumen & Fils",
                "Mécanique du Val d'Orle", "Nacre Hôtels", "Opaline Verrerie", "Pastel Éditions", "Quartz Numérique",
                "Roseau Habitat"]

COMPANY_STARTS = ["Atelier", "Boulangerie", "Cabinet", "Clinique", "Comptoir", "Établissements", "Garage", "Imprimerie",
                  "Librairie", "Maison", "Menuiserie", "Pharmacie", "Société", "Studio", "Transports", "Verrerie"]
OFFICES = ["Direction départementale", "Mairie annexe", "Médiathèque", "Centre technique", "Service des archives",
           "Hôpital", "Commissariat", "Tribunal", "Musée", "Laboratoire", "Caserne", "Bureau d'accueil"]
COMPANY_DESCRIPTIONS = [None, None, "Une équipe à taille humaine.", "Entreprise familiale depuis 1952 ; « ici, on forme ».",
                        "Leader de son marché\n(3 sites, 240 salariés)."]
OFFICE_DESCRIPTIONS = [None, None, "Service public de proximité.", "Au service des usagers, 7 j/7."]

TRADES = ["accueil du public", "analyse de laboratoire", "animation culturelle", "architecture intérieure", "boulangerie",
          "charpente", "chaudronnerie", "comptabilité", "conduite de travaux", "cuisine", "développement web",
          "documentation", "électricité", "génie climatique", "gestion de la paie", "imagerie médicale", "journalisme",
          "justice de proximité", "logistique", "maintenance aéronautique", "maraîchage", "mécanique automobile",
          "menuiserie", "mise en scène", "paysage", "pédagogie", "police scientifique", "reliure", "restauration d'œuvres",
          "sécurité civile", "soin aux personnes âgées", "son et lumière", "soudure", "traduction", "urbanisme", "vente"]

TITLES = ["Découverte du métier : {trade}", "Stage d'observation – {trade}", "Une semaine en immersion : {trade}",
          "À la rencontre de nos équipes ({trade})", "Les coulisses de l'activité « {trade} »", "Stage de 3e, {trade}",
          "Observer, comprendre, essayer : {trade}", "Découvrir {trade} et l'entreprise", "Nos métiers d'avenir : {trade}"]
# What people do type. Each once broke some export: formula signs, separators, quotes, tags, emoji, lines, spaces.
AWKWARD_TITLES = ["=Une semaine à égalité : {trade}", "-- {trade} --", "- Stage {trade}", "+ de 10 métiers, dont {trade}",
                  "@telier {trade}", 'Stage "{trade}" ; places limitées', "Découvre {trade} 💻🚀", "Dupont & fils <{trade}>",
                  "  Stage {trade}  ", "Stage {trade}\tCDI", "Cœur de métier : {trade} 👩🏽‍🔬", "{trade}, l'été\u00a0!",
                  "='{trade}'!A1", "100 % {trade}", "50/50 {trade}", "C:\\stages\\{trade}"]

SENTENCES = ["L'élève découvre l'activité de {trade} auprès de professionnels.", "Présentation de l'équipe et des locaux.",
             "Chaque journée est consacrée à un service différent.", "Les règles de sécurité sont expliquées le lundi matin.",
             "Un temps d'échange est prévu en fin de semaine pour préparer le rapport de stage.",
             "Accueil « sur mesure », à l'écoute des questions de l'élève.", "Restauration possible sur place (4,20 € le repas).",
             "Une tenue correcte est exigée ; les équipements sont prêtés.", "Le site est accessible en bus, ligne n° 12.",
             "Visite d'un chantier si la météo le permet…", "Aucune connaissance préalable n'est nécessaire !"]
AWKWARD_SENTENCES = ["Au programme :\n- accueil\n- visite\n- bilan", "=> inscription avant le 15", "Horaires\u00a0: 9 h → 17 h",
                     'Mot d\'ordre : "curiosité" ; & bonne humeur 😀', "<b>Venez nombreux</b>", "Ligne 1\r\nLigne 2\r\n\r\nLigne 4",
                     "Collé d'un traitement de texte\v\x02ici", "Tarif\t0 €\tassurance incluse", "Chemin \\\\serveur\\stages"]

MOTIVATIONS = ["Bonjour, je suis très intéressé par votre offre car je souhaite découvrir ce métier.",
               "Je suis en classe de 3e et j'aimerais faire mon stage chez vous. 🙂",
               "Madame, Monsieur,\nvotre activité me passionne depuis longtemps.\nMerci de lire ma candidature.",
               "Mon père m'a parlé de vous, et j'ai « adoré » votre site !", "svp acceptez moi",
               "Je suis sérieuse, ponctuelle et motivée ; je peux commencer dès lundi."]
ACCEPTANCES = ["Bravo, votre candidature nous a convaincus. Rendez-vous lundi à 9 h à l'accueil.",
               "Nous serons heureux de vous accueillir !\nPensez à la convention.", "C'est d'accord. À bientôt 👋",
               "Bienvenue dans l'équipe. Prévoyez des chaussures fermées & une blouse."]
REFUSALS = ["Nous avons déjà retenu un autre élève pour cette semaine.", "Nous ne pouvons malheureusement pas vous accueillir.",
            "Merci pour votre intérêt ; les places étaient « très » limitées. Bon courage dans vos recherches.",
            "Votre motivation est réelle,\nmais le service est fermé cette semaine-là."]
WITHDRAWALS = ["L'atelier est fermé pour travaux.", "Notre tuteur est absent : nous devons annuler, avec regret."]
