"""The words of `quasi`: professions, nationalities, religions, ethnic groups. Lower case, singular; several hundred.

A profession is found by its last word (`officer`), with the words before it that say which (`senior police`).
"""

from __future__ import annotations

_PROFESSIONS = """
accoucheur accountant acrobat actor actress actuary acupuncturist adjuster adjutant administrator admiral adviser advisor
advocate aide ambassador anaesthesiologist anaesthetist analyst anchorman anesthesiologist animator announcer anthropologist
apothecary appraiser apprentice arbitrator archaeologist archbishop architect archivist artisan artist assembler assessor
assistant associate astrologer astronaut astronomer athlete attaché attendant attorney auctioneer auditor author babysitter
bailiff baker ballerina banker barber barista barmaid barman barrister bartender beautician beekeeper bellboy biochemist
biologist bishop blacksmith blogger boatman bodyguard boilermaker bookbinder bookkeeper bookmaker bookseller botanist bouncer
boxer breeder brewer bricklayer brigadier broadcaster broker builder burgomaster businessman businessperson businesswoman
butcher butler buyer cabinetmaker caddie cameraman canvasser captain cardinal cardiologist caregiver carer caretaker carpenter
cartographer cartoonist cashier caterer chambermaid chancellor chaplain chauffeur chef chemist chiropractor choreographer
cleaner clergyman cleric clerk climatologist clinician clown coach cobbler collector colonel columnist comedian commander
commissioner composer comptroller concierge conductor confectioner conservator constable consul consultant contractor
controller cook coordinator coroner corporal correspondent councillor councilor counsel counsellor counselor courier craftsman
crewman criminologist critic croupier curate curator custodian dancer deacon dealer dean decorator demographer dentist
dermatologist designer detective developer dietician dietitian diplomat director dispatcher distributor diver docker doctor
doorman draftsman draughtsman dressmaker driver drummer dustman ecologist economist editor educator electrician embalmer
embroiderer employer engineer engraver entertainer entomologist entrepreneur envoy epidemiologist estimator ethnographer
evangelist examiner executive expert exporter fabricator falconer farmer farmhand farrier fencer filmmaker financier
firefighter fireman fisherman fishmonger fitter florist footballer forecaster foreman forester fundraiser furrier gamekeeper
gardener gendarme general geneticist geographer geologist geophysicist glassblower glazier goalkeeper goldsmith governess
governor grazier grocer groom groundskeeper guard guide guitarist gunsmith gynaecologist gynecologist haberdasher hairdresser
handyman harpist hatter haulier headmaster headmistress herbalist herder historian homemaker hostess hotelier housekeeper
housewife hunter hydrologist hygienist hypnotherapist illusionist illustrator imam immunologist importer influencer innkeeper
inspector installer instructor intern interpreter inventor investigator ironworker janitor jeweler jeweller jockey joiner
journalist judge juggler jurist jury justice keeper laborer labourer landlord landowner landscaper laundress lawyer lecturer
lexicographer librarian lieutenant lifeguard linguist lithographer lobbyist locksmith logger longshoreman lumberjack machinist
magician magistrate maid major maker manager manicurist manufacturer marine mariner marketer marksman marshal mason masseur
masseuse mathematician mayor mechanic mediator medic merchant metallurgist meteorologist microbiologist midwife miller miner
minister missionary mobster model moderator monk mortician muralist musician musicologist nanny naturalist navigator
negotiator neurologist neurosurgeon newsreader novelist nun nurse nurseryman nutritionist obstetrician oceanographer officer
official oncologist operative operator ophthalmologist optician optometrist orderly organiser organist organizer ornithologist
orthodontist osteopath packer paediatrician painter paleontologist panelist paralegal paramedic parliamentarian pastor
pathologist patrolman pawnbroker paymaster pedagogue pediatrician pensioner percussionist pharmacist pharmacologist
philosopher photographer photojournalist physician physicist physiologist physiotherapist pianist picker pilot pipefitter
planner plasterer playwright plumber podiatrist poet policeman policewoman politician porter postman postmaster postwoman
potter preacher prefect presenter president priest principal printer producer professor programmer projectionist promoter
proofreader prosecutor prosthetist prostitute psychiatrist psychic psychoanalyst psychologist psychotherapist publican
publicist publisher pupil purser quarryman rabbi racer radiographer radiologist ranger rapporteur realtor receptionist
recruiter rector referee reflexologist registrar repairer repairman reporter representative researcher restaurateur retailer
retired retiree rigger roofer sailor salesman salesperson saleswoman scaffolder scholar scientist sculptor seaman seamstress
secretary self-employed senator sergeant serviceman servicewoman setter shepherd sheriff shipwright shoemaker shopkeeper
signalman silversmith singer skipper smith sociologist soldier solicitor sommelier songwriter soprano spokesman spokesperson
spokeswoman sportsman stationmaster statistician steelworker steward stewardess stockbroker stoker stonemason strategist
student stuntman superintendent supervisor surgeon surveyor tailor tanner tattooist taxidermist teacher technician
technologist telephonist tenor therapist tiler tinker toolmaker trader trainee trainer translator treasurer trucker trustee
tutor typesetter typist umpire undertaker unemployed upholsterer usher valet vendor vet veterinarian vicar violinist
virologist waiter waitress walker warden warehouseman warrior watchmaker watchman waterman weaver webmaster weightlifter
welder wholesaler winemaker woodcarver woodworker worker wrestler writer yogi zookeeper zoologist
"""
PROFESSIONS = frozenset(_PROFESSIONS.split())

_NO_PROFESSION = """
associate collector cook expert general groom guard guide jury justice keeper major maker marine miller model official porter
principal psychic setter smith walker warrior
"""
NO_PROFESSION = frozenset(_NO_PROFESSION.split())
"""Words of the list that mean something else as often: they count with a word before them that says which."""

_BEFORE_PROFESSION = """
academic account accounts acting administrative aeronautical agricultural air aircraft airline ambulance anti-corruption army
art artillery arts assistant assistant-professor associate auxiliary bank bar biomedical border bus business car care catholic
chartered chemical chief child civil clinical college commercial community company computer construction consultant contract
corporate correctional counter-intelligence court crane credit criminal customer customs data defence defense dental deputy
diplomatic district economic education electrical electronics emergency environmental estate executive factory family farm
field film finance financial fire flight football foreign forensic forestry forklift former freelance general geography
government graphic gym hair head health high-school history honorary hospital hotel human-rights immigration industrial
infantry information insurance intelligence interior international investigating investment it journalism junior kitchen lab
laboratory lance language law leading legal liaison lieutenant local lorry maintenance management managing marine market
marketing maths mechanical medical mental military mining municipal museum music naval navy news night non-commissioned
nursery nursing occupational office opera operations opposition orthodox parliamentary part-time pastry patent personal
personnel physical physics piano police police-station political portrait post power press primary primary-school prime
principal prison private probation production professional project property protestant psychiatric public quality radio
railway real registered religious research retail retired road roman sales school science scientific secondary
secondary-school security self-employed senior service services shipping shop site social software sound special speech sports
staff state statistics street structural student surgical systems tax taxi teaching technical telecommunications television
theatre tour town traffic train trainee transport travel truck tv university van vehicle veterinary vice video visiting
warehouse web welfare wildlife youth
"""
BEFORE_PROFESSION = frozenset(_BEFORE_PROFESSION.split())

_NATIONALITIES = """
afghan african albanian algerian american andorran angolan arab arabic argentine argentinian armenian asian australian
austrian azerbaijani azeri bahraini balkan bangladeshi barbadian basque bavarian belarusian belgian beninese bhutanese
bolivian bosnian botswanan brazilian breton british briton bulgarian burkinabe burmese burundian cambodian cameroonian
canadian caribbean catalan caucasian chadian chechen chilean chinese colombian comoran congolese corsican croat croatian cuban
cypriot czech czechoslovak dane danish dominican dutch dutchman ecuadorian egyptian emirati english englishman englishwoman
eritrean estonian ethiopian european fijian filipino finn finnish flemish french frenchman frenchwoman gabonese gambian
georgian german ghanaian greek greek-cypriot grenadian guatemalan guinean guyanese haitian hispanic honduran hungarian
icelander icelandic indian indonesian ingush iranian iraqi irish irishman irishwoman israeli italian ivorian jamaican japanese
jordanian kazakh kenyan korean kosovan kosovar kurd kurdish kuwaiti kyrgyz lao laotian latina latino latvian lebanese liberian
libyan lithuanian luxembourger macedonian malagasy malawian malaysian maldivian malian maltese mauritanian mauritian mexican
moldovan monegasque mongolian montenegrin moroccan mozambican namibian nepalese nepali nicaraguan nigerian nigerien norwegian
omani pakistani palestinian panamanian paraguayan persian peruvian pole polish portuguese qatari romanian russian rwandan
salvadoran samoan saudi scandinavian scot scotsman scottish senegalese serb serbian sicilian sierra-leonean singaporean slavic
slovak slovakian slovene slovenian somali soviet spaniard spanish sudanese surinamese swede swedish swiss syrian taiwanese
tajik tanzanian tatar thai tibetan togolese trinidadian tunisian turk turkish turkish-cypriot turkmen ugandan ukrainian
uruguayan uzbek venezuelan vietnamese welsh welshman yemeni yugoslav zambian zimbabwean
"""
NATIONALITIES = frozenset(_NATIONALITIES.split())

_BELIEFS_AND_GROUPS = """
aboriginal agnostic alevi anabaptist anarchist anglican animist ashkenazi atheist baha'i baptist berber buddhist calvinist
catholic christian circassian communist conservative copt coptic druze evangelical fascist feminist gitano gypsy hausa hindu
hindus hutu igbo inuit islamic islamist ismaili jain jehovah jew jewish liberal lutheran maori mennonite mestizo methodist
mormon moslem mulatto muslim orthodox pagan pashtun pentecostal presbyterian protestant punjabi quaker rastafarian rom roma
romani romany sami sephardic shi'ite shia shiite shinto sikh sinti socialist sufi sunni tamil taoist traveller tuareg tutsi
uighur unitarian uyghur wiccan yazidi yoruba zoroastrian zulu
"""
BELIEFS_AND_GROUPS = frozenset(_BELIEFS_AND_GROUPS.split())

CURRENCIES = (
    "euros?|dollars?|cents?|pounds?(?: sterling)?|pence|sterling|francs?|(?:deutsche? )?marks?|markkaa?|lir[ae]s?|"
    "z[lł]ot(?:y|ys|ych|e)|ro?ubles?|forints?|lei|leu|lev[as]?|hryvnias?|yen|yuan|renminbi|rupees?|krone[rn]?|kron(?:a|or|ur)|"
    "korun[ay]s?|crowns?|dinars?|kunas?|tolars?|litas|lats|drachmas?|escudos?|pesetas?|schillings?|guilders?|pesos?|rand|"
    "shekels?|dirhams?|riyals?|won|baht|reais|karbovanets(?:i|iv)?|lari|manat|drams?|denars?|leke?"
)
"""Names of currencies, as an expression."""

CURRENCY_CODES = (
    "EUR|USD|GBP|CHF|DEM|FRF|ITL|ATS|BEF|NLG|ESP|PTE|GRD|FIM|IEP|PLN|PLZ|RUB|RUR|HUF|RON|ROL|BGN|BGL|UAH|SEK|NOK|DKK|ISK|CZK|SKK|"
    "HRK|RSD|SIT|LTL|LVL|EEK|TRY|TRL|MDL|GEL|AMD|AZN|CYP|MTL|JPY|CNY|RMB|INR|AUD|CAD|NZD|HKD|SGD|BRL|MXN|ZAR|ILS|AED|SAR|KRW|THB"
)
"""ISO 4217 codes, of currencies that are gone too."""
