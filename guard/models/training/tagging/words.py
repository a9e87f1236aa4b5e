"""Lists of words that slots draw from."""

from __future__ import annotations


def _parts(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.replace("\n", " ").split(",") if part.strip())


COMPANIES = _parts("""
Google, Microsoft, Apple, Amazon, Facebook, Meta, Netflix, Twitter, IBM, Oracle, Intel, Samsung, Sony, Toyota, Honda, Ford,
General Motors, Tesla, Boeing, Airbus, Siemens, Bosch, SAP, BMW, Volkswagen, Daimler, Nestle, Unilever, Procter & Gamble,
Coca-Cola, PepsiCo, McDonald's, Starbucks, Burger King, KFC, Subway, Walmart, Target, Costco, Tesco, Sainsbury's, Aldi, Lidl, IKEA,
H&M, Zara, Nike, Adidas, Puma, JPMorgan Chase, Goldman Sachs, Morgan Stanley, Citigroup, Bank of America, Wells Fargo, HSBC,
Barclays, Lloyds, Deutsche Bank, UBS, Credit Suisse, Santander, BBVA, ING, Visa, Mastercard, PayPal, Stripe, Pfizer, Moderna, Novartis,
Roche, AstraZeneca, GSK, Johnson & Johnson, Merck, Bayer, BASF, Shell, BP, ExxonMobil, Chevron, Total, Gazprom, AT&T, Verizon,
T-Mobile, Vodafone, Comcast, Disney, Warner Bros, Universal, Paramount, CNN, BBC, Fox News, NBC, ABC News, Reuters, Bloomberg,
The New York Times, The Guardian, Washington Post, Daily Mail, FedEx, UPS, DHL, USPS, Royal Mail, Delta, United Airlines, American Airlines,
British Airways, Lufthansa, Ryanair, EasyJet, Emirates, Uber, Lyft, Airbnb, Spotify, LinkedIn, Salesforce, Accenture, Deloitte, KPMG, PwC,
Ernst & Young, McKinsey, Infosys, Wipro, Tata, Reliance, Huawei, Xiaomi, Alibaba, Tencent, Baidu, Nintendo, Panasonic, Hitachi, LG, Nokia,
Ericsson, Philips, Heineken, Enron, Halliburton, Lockheed Martin, Raytheon, Monsanto, YouTube, Instagram, WhatsApp, TikTok, Yahoo, eBay
""")
BODIES = _parts("""
United Nations, UN, European Union, EU, NATO, WHO, World Health Organization, UNICEF, UNESCO, IMF, World Bank, Red Cross, Amnesty International,
Greenpeace, Human Rights Watch, FBI, CIA, NSA, NASA, IRS, DHS, DMV, EPA, FDA, CDC, Pentagon, Congress, Senate, House of Commons, Parliament,
Supreme Court, High Court, Court of Appeal, Constitutional Court, Court of Cassation, Supreme Administrative Court, European Court of Human Rights,
Home Office, Foreign Office, HMRC, NHS, DVLA, Met Police, Scotland Yard, Interpol, Europol, Department of Justice, Department of Education,
State Department, Ministry of Health, Ministry of the Interior, Ministry of Finance, Ministry of Foreign Affairs, Ministry of Justice,
Council of Ministers, Council of State, European Commission, Bundestag, Knesset, Federal Reserve, SEC, FCC, Social Security Administration,
Medicare, Labour Party, Conservative Party, Republican Party, Democratic Party, Green Party, Liberal Democrats, GOP, PKK, Hamas, Hezbollah, IRA,
Taliban, Al-Qaeda, ISIS, IRGC, Red Crescent, Salvation Army, Oxfam, Doctors Without Borders, NRA, ACLU, AARP, Bar Association, FIFA, UEFA,
NBA, NFL, NHL, MLB, Manchester United, Arsenal, Chelsea, Liverpool FC, Real Madrid, Barcelona, Juventus, Bayern Munich, Lakers, Chicago Bulls,
Yankees, Red Sox, Dallas Cowboys, Harvard, Yale, Stanford, MIT, Oxford University, Cambridge University, UCLA, Princeton, NYU
""")
ORG_WORDS = _parts("""
Apex, Summit, Pioneer, Global, Advanced, Premier, Blue, Green, Silver, Golden, North, Pacific, Atlantic, Quantum, Nova, Delta, Alpha, Omega,
Prime, Vertex, Zenith, Horizon, Pinnacle, Evergreen, Liberty, Heritage, Phoenix, Falcon, Eagle, Lion, River, Stone, Bright, Clear, Swift,
Smart, Cyber, Data, Cloud, Net, Soft, Micro, Bio, Eco, Solar, Terra, Aqua, Astra, Orion, Titan, Atlas, Vista, Cedar, Oak, Maple, Harbor, Bay,
Lumen, Nimbus, Crest, Ridge, Arrow, Beacon, Bridge, Castle, Crown, Crystal, Diamond, Dynamic, Elite, Fusion, Impact, Iron, Key, Magna, Metro
""")
ORG_NOUNS = _parts("""
Systems, Solutions, Technologies, Consulting, Partners, Industries, Logistics, Foods, Pharma, Medical, Energy, Media, Software, Labs, Capital,
Holdings, Ventures, Insurance, Motors, Airlines, Shipping, Construction, Electric, Design, Group, Networks, Robotics, Analytics, Financial,
Properties, Travel, Textiles, Farms, Bakery, Brewery, Plumbing, Roofing, Cleaning, Security, Studios, Records, Books, Press, Healthcare, Dental
""")
ORG_FORMS = _parts(
    "Inc, Inc., LLC, Ltd, Ltd., Limited, Corp, Corp., Corporation, Co., PLC, GmbH, AG, S.A., SpA, B.V., AB, Pvt Ltd, Oy, LLP, Group"
)
DEPARTMENTS = _parts("""
Health, Education, Finance, Justice, the Interior, Foreign Affairs, Defence, Labour, Transport, Agriculture, Culture, Home Affairs, Trade, Energy
""")
NRP = _parts("""
American, British, English, Scottish, Welsh, Irish, French, German, Italian, Spanish, Portuguese, Dutch, Belgian, Swiss, Austrian, Polish, Czech,
Slovak, Hungarian, Romanian, Bulgarian, Serbian, Croatian, Bosnian, Albanian, Greek, Turkish, Kurdish, Russian, Ukrainian, Belarusian, Georgian,
Armenian, Azerbaijani, Kazakh, Swedish, Norwegian, Danish, Finnish, Icelandic, Estonian, Latvian, Lithuanian, Canadian, Mexican, Brazilian,
Argentinian, Chilean, Colombian, Peruvian, Venezuelan, Cuban, Jamaican, Haitian, Chinese, Japanese, Korean, South Korean, Vietnamese, Thai, Filipino,
Indonesian, Malaysian, Indian, Pakistani, Bangladeshi, Sri Lankan, Nepali, Afghan, Iranian, Iraqi, Syrian, Lebanese, Israeli, Palestinian,
Jordanian, Saudi, Egyptian, Libyan, Tunisian, Algerian, Moroccan, Sudanese, Ethiopian, Somali, Kenyan, Nigerian, Ghanaian, South African,
Zimbabwean, Australian, Kiwi, European, African, Asian, Latino, Hispanic, Arab, Roma, Tamil, Punjabi, Bengali, Chechen, Christian, Catholic,
Roman Catholic, Protestant, Orthodox, Evangelical, Baptist, Methodist, Mormon, Lutheran, Anglican, Muslim, Sunni, Shia, Jewish, Hindu, Sikh,
Buddhist, Jain, atheist, Jehovah's Witness, Quaker, Republican, Democrat, Democratic, conservative, liberal, socialist, communist, Marxist, libertarian,
African American, Native American, Asian American, Caucasian, Afro-Caribbean, Cherokee, Navajo, Maori, Aboriginal, Berber, Tutsi, Hutu, Yoruba, Igbo
""")
NRP_PEOPLE = _parts("""
Americans, Germans, Italians, Russians, Indians, Mexicans, Canadians, Australians, Europeans, Africans, Asians, Arabs, Kurds, Turks, Poles, Swedes,
Danes, Finns, Scots, Brits, Spaniards, Greeks, Serbs, Croats, Ukrainians, Nigerians, Brazilians, Muslims, Christians, Catholics, Jews, Hindus, Sikhs,
Buddhists, Mormons, Protestants, Sunnis, Shiites, Republicans, Democrats, conservatives, liberals, socialists, communists, Tories, Israelis, Iraqis,
Iranians, Palestinians, Koreans, Filipinos, Latinos, Hispanics, Roma, Tamils, Chechens, Tibetans, Uyghurs, Rohingya
""")
REGIONS = _parts("""
Europe, Asia, Africa, North America, South America, Latin America, the Middle East, Southeast Asia, Scandinavia, the Balkans, the Caribbean,
Siberia, Tuscany, Bavaria, Catalonia, Andalusia, Normandy, Brittany, Provence, Sicily, Sardinia, Corsica, Crete, Scotland, England, Wales,
Northern Ireland, Yorkshire, Cornwall, Devon, Kent, Surrey, Essex, Kerala, Punjab, Gujarat, Maharashtra, Karnataka, Tamil Nadu, Bengal, Ontario, Quebec,
British Columbia, Alberta, New South Wales, Victoria, Queensland, Tasmania, the Midwest, New England, Silicon Valley, the Bay Area,
Mount Everest, Mont Blanc, Kilimanjaro, the Alps, the Andes, the Himalayas, the Rocky Mountains, the Sahara, the Pacific, the Atlantic, Lake Michigan, Lake Geneva,
the Thames, the Danube, the Nile, the Mississippi, Central Park, Times Square, Wall Street, Hyde Park, Piccadilly, Trafalgar Square, Heathrow,
JFK, LAX, Gatwick, Grand Central Station, Brooklyn, Manhattan, Queens, the Bronx, Harlem, Hollywood, Beverly Hills, Soho, Camden, Shoreditch, Kreuzberg,
Montmartre, Gaza, the West Bank, Crimea, Kashmir, Kosovo, Tibet, Hong Kong, Taiwan, Palestine, Chechnya, Kurdistan, Disneyland, Golden Gate Bridge,
the White House, Buckingham Palace, Yosemite, Yellowstone, Grand Canyon, Antarctica, Gibraltar, UK, USA, U.S., US, U.K., UAE, NYC, LA, SF, D.C., Philly
""")
JOBS = _parts("""
nurse, teacher, software engineer, accountant, lawyer, plumber, electrician, journalist, police officer, truck driver, chef, waiter, dentist,
pharmacist, architect, civil servant, farmer, carpenter, mechanic, cashier, receptionist, paramedic, surgeon, pediatrician, psychologist, social worker,
real estate agent, sales manager, project manager, data analyst, graphic designer, photographer, bus driver, taxi driver, postman, firefighter, pilot,
flight attendant, librarian, professor of history, lecturer, student, retired miner, welder, hairdresser, security guard, cleaner, judge, prosecutor,
member of parliament, army officer, soldier, priest, translator, editor, radio presenter, consultant, HR manager, product owner, CTO, CEO, shop assistant,
warehouse worker, machine operator, butcher, baker, fisherman, tailor, housewife, childminder, physiotherapist, radiologist, midwife, vet, lab technician
""")
MONTHS = _parts("January, February, March, April, May, June, July, August, September, October, November, December")
SHORT_MONTHS = _parts("Jan, Feb, Mar, Apr, Jun, Jul, Aug, Sep, Sept, Oct, Nov, Dec")
DAYS = _parts("Monday, Tuesday, Wednesday, Thursday, Friday, Saturday, Sunday")
SHORT_DAYS = _parts("Mon, Tue, Tues, Wed, Thu, Thur, Thurs, Fri, Sat, Sun")
RELATIVE = _parts("""
today, tomorrow, yesterday, tonight, last night, last week, next week, last month, next month, last year, next year, this morning, this afternoon,
this evening, last Monday, next Friday, this weekend, last summer, two weeks ago, three days ago, a year ago, in two hours, an hour ago, the day before yesterday,
Christmas Eve, New Year's Day, Easter, Thanksgiving, Halloween, last Christmas, next spring, early next week, the end of the month, in 10 minutes, 5 years ago
""")
TECH = _parts("""
Python, Java, JavaScript, TypeScript, Rust, Go, Ruby, Kotlin, Swift, Scala, Perl, Docker, Kubernetes, Terraform, Ansible, Jenkins, Redis, PostgreSQL,
MySQL, MongoDB, Kafka, RabbitMQ, Elasticsearch, Grafana, Prometheus, nginx, Apache, Linux, Ubuntu, Debian, Windows 11, macOS, Android, iOS, iPhone 14,
Galaxy S22, PlayStation 5, Xbox, React, Angular, Vue, Django, Flask, FastAPI, Spring Boot, pandas, NumPy, PyTorch, TensorFlow, scikit-learn, Jira, Excel, Word,
PowerPoint, Outlook, Gmail, Chrome, Firefox, Safari, Photoshop, GitLab CI, Git, VS Code, Vim, Emacs, Bash, PowerShell, S3, EC2, EKS, Lambda, BigQuery, C4, GPT-4, BERT,
Bluetooth, Wi-Fi, USB-C, HTTP, HTTPS, TCP, UDP, DNS, SSH, TLS, JSON, YAML, XML, CSV, SQL, HTML, CSS, GraphQL, REST, OAuth, JWT, IPv6, Raspberry Pi, Arduino, Dijkstra's algorithm,
Fourier transform, Markov chain, Bayes theorem, Kalman filter, Newton's method, Gaussian noise, Euler's formula, Turing machine, Bloom filter, Schrödinger's equation
""")
THINGS = _parts("""
laptop, washing machine, invoice, contract, parcel, ticket, password, report, presentation, spreadsheet, meeting, appointment, subscription,
refund, delivery, prescription, blood test, X-ray, mortgage, loan, insurance claim, tax return, lease, visa, passport, driving licence, exam, essay, homework,
birthday cake, wedding, holiday, flight, hotel room, train ticket, bike, car, kitchen, garden, roof, window, dog, cat, school trip, job offer, interview, salary, bonus
""")
ADJECTIVES = _parts(
    "new, old, big, small, broken, urgent, late, early, expensive, cheap, nice, terrible, wonderful, strange, important, final, second, missing"
)
ROLES = _parts("""
the doctor, the nurse, the developer, the manager, the customer, the client, the teacher, the student, my boss, my neighbor, my sister, my brother, my mom, the patient,
the lawyer, the driver, the farmer, the engineer, the mechanic, the assistant, the accountant, the cashier, the chief, the housekeeper, the guard, a friend of mine, our team, the landlord
""")
