"""Templates of records and prose: medical, staff, school, police, legal, news, biography, forms."""

from __future__ import annotations

RECORDS = r"""
(Patient|Pt) {name}, {age} (y/o|years old|yo|-year-old) (male|female|man|woman), (presents|admitted|seen) (on {date}|{when}) with (chest pain|fever|a cough|abdominal pain|headache).
{age} (y/o|yo|year old|year-old|-year-old) (male|female|M|F) with (a history of|known) (diabetes|asthma|hypertension), seen by {titled} at {institution} on {date}.
{agecode} (c/o|with|presenting with) (back pain|dyspnea|rash) (x 3 days|since {when})
MRN: {id}\nName: {name}\nDOB: {dob}\nAttending: {titled}\nAdmitted: {date}\nDischarged: {date}
MRN {id} - {inverted} - DOB {dob} - (ward 4|ICU|room 12)
Patient name: {name}. Date of birth: {dob}. (NHS number|Hospital no|Patient ID): {id}. Address: {address1}.
{titled} (examined|operated on|referred|discharged) {titled} on {date} at {institution}.
(Referred by|GP|Consultant|Surgeon|PCP): {titled}, {institution}, {phone}
The patient's (wife|husband|daughter|son|mother), {name}, (was present|can be reached at {phone}).
Mr (X|Y) is not named. The patient (lives|lived) in {city} and works as a {job}.
Medication (prescribed|reviewed) by {titled} on {date}: (aspirin 100 mg|metformin 500 mg twice daily|ibuprofen 400 mg).
Employee: {name}\nEmployee ID: {id}\nPosition: {job}\nDepartment: (Sales|Finance|IT)\nManager: {name}\nStart date: {date}\nSalary: {money}
{name} (joined|left) {company} on {date} as a {job}. (His|Her) (manager|supervisor) is {name}.
Candidate {name} ({age}, {nrp}) (applied|was interviewed) for the post of {job} at {org} on {date}.
Performance review of {a.full}, {date}. {a.first} (has done|did) (good|great) work in the {city} office. {a.first} should (talk|report) to {name}.
Reference for {titled}: {job} at {org} from {date} to {date}.
Termination letter\n\n{date}\n\n{name}\n{address_lines}\n\nDear {titled},\n\nyour employment with {company} ends on {date}.\n\n{name}\n(HR|Head of HR|Director)
Student {name} ({id}), grade (5|9|11), {institution}, (teacher|tutor): {titled}
{first} (was absent|was late|did well in maths) {when}. (Parents|Guardian): {name}, {phone}. Teacher: {titled}.
School report for {name}, class 4b, {institution}, {city}. {titled} writes: (kind|lively) child.
On {date} at (about |approximately |){time} officer {name} (stopped|arrested) {name}, (aged|age) {age}, at {street}, {city}.
(Suspect|Witness|Victim|Complainant|Driver): {name}, (b. |born |DOB ){dob}, {address1}, vehicle {plate}
Vehicle {plate} (registered|belongs) to {name} of {address1} was (seen|stopped) in {place} at {time}.
Incident report {id}: at {time} on {date} {titled} (found|reported) a {adj} {thing} (near|in) {place}.
The witness, {name}, a {job} from {place}, (stated|said) that (she|he) saw {titled} (leave|enter) {street} at {time}.
{name}, {age}, of {street}, {city}, (was|has been) (charged|fined {money}|sentenced to {term} in prison) (at|by) {court} on {date}.
{name}, (aged|age) {age}, (denies|admitted) (theft|fraud|assault) at {court}.
{age}-year-old {name} (was|is) (missing|found|arrested) in {place} {when}.
A {age}-year-old (man|woman|{nrp} national|{job}|boy|girl) was (injured|arrested|rescued) in {place} on {date}.
Tenant {name} pays {money} a month for {address1}. Lease from {date} to {date}.
This agreement is made on {date} between {company}, of {address1} ("the Company") and {name}, of {address1} ("the Client").
I, {name}, (born|born on) {dob}, (residing at|of) {address1}, (hereby |)(declare|authorise {name}) …
Last will of {name}, {address1}: I leave {money} to my (daughter|son|niece) {name} and the house at {street} to {org}.
Invoice {id}\nDate: {date}\nBill to: {name}, {address1}\nTotal: {money}\nIBAN: {card}\nBank: {institution}
Claimant: {name}; policy {id}; loss date {date}; place {place}; amount {money}
Loan application {id} of {name}, employed at {company} as {job}, income {money} a year.
Passport no. {id}, issued on {date} in {city}, holder {name}, nationality {nrp}, born {dob} in {city}
Visa applicant {inverted}, {nrp}, arrives in {place} on {date} with {org} flight (BA|LH) {number}
{name} (scored|won) (gold|twice) for {org} (against {org} |)in {city} on {date}.
""".strip().splitlines()

PROSE = r"""
(The case|This case) originated in an application (no. {appno}|<<no. {appno}>>) against (the Republic of |){country} lodged (with the Court |)on {date} by (a|an) {nrp} national, {a.titled} ("the applicant").
The applicant, {a.titled}, (is|was) (a|an) {nrp} (national|citizen) who was born in {year} and lives in {city}. (He|She) was represented (before the Court |)by {b.titled}, a {job} practising in {city}.
The {nrp} Government ("the Government") were represented by their Agent, {titled}, of the {org}.
On {date} the {court} (dismissed|allowed|upheld|rejected|quashed) (the applicant's|{titled}'s) (appeal|claim|complaint|request).
By a (judgment|decision|letter) of {date} the {court} (convicted|acquitted) the applicant (of fraud|of murder|) and sentenced (him|her) to {term} imprisonment( and a fine of {money}|).
In {year} the applicant (brought|instituted) proceedings against {org} (before|in) the {court} (file no. {case}|case no. {case}|<<no. {case}>>).
{a.titled} (argued|submitted|alleged|complained) that on {date} (police officers|two officers) had (entered|searched) (his|her) flat (at {street} |)in {city}.
(On|Between) {date} (and|and again on) {date} (he|she|the applicant) was (detained|questioned|treated) (in|at) {institution}, where {titled} examined (him|her).
The hearing (took place|was held) on {date} in {city} before {titled}, {titled} and {titled}.
Judge {name} (delivered|gave) the judgment; Judges {last} and {last} dissented.
(See|see) {a.last} v. {country}, no. {appno}, {date}.
{a.last} v. {b.last}, {case} ({year})
{company} v. {company}, {case} (decided {date})
The (Court|court) awarded the applicant {money} in respect of (non-pecuniary damage|costs and expenses).
The applicant was arrested on {date} on suspicion of (theft|drug trafficking) and held for {term}.
(His|Her) (wife|brother|son|lawyer|neighbour), {name}, a {job}, gave evidence on {date}.
The (first|second|third) applicant, {name}, was born in {year}; the (second|third|fourth) applicant, {name}, in {year}.
{titled} was {age} years old at the time of the (accident|events|trial) and lived in {city}.
In {when} the applicant, (a|an) {nrp} {job}, moved to {city} to work for {org}.
(The|A) {nrp} (government|president|minister|court|embassy|team) (said|announced) (on {when}|{when}) that {person} would (visit|leave) {place}.
{city}, {date} - {org} said {when} it would (cut jobs|open a plant) in {place}, (chief executive|spokesman|spokeswoman) {name} said.
{name}, (chief executive|chairman|president|director|head) of {org}, told {org} that (sales|profits) rose in {when}.
{company} (bought|acquired|merged with|sued) {company} for {money} in {year}.
{person} (was born|grew up) in {place} (in|on) {when} (to {nrp} parents |)and studied at {institution}.
{a.full} (born {date} in {city}) is (a|an) {nrp} {job}. {a.last} (worked|works) at {org} from {year} to {year}. In {year} {a.first} (married|met) {name}.
{a.full} ({year} - {year}) was (a|an) {nrp} (painter|poet|composer|explorer) from {place}.
{famous} (visited|lived in|died in) {place} in {year}.
(Professor|Prof.) {last} of {institution} (published|gave) a (paper|talk) on (climate change|robots|trade) in {year}.
{person} and {person} (live|lived|met) in {place} (before|after|until) {year}.
The (river|road|train|bus) (runs|goes) from {place} to {place}.
{place} is (north|south|east|west) of {place}( in {country}|).
The population of {place} was {number} in {year}.
The {institution} was founded in {year} by {name} in {place}.
{org} has offices in {city}, {city} and {city}.
(Thousands|Hundreds|Many|Several) {nrps} (protested|gathered|voted) in {place} on {when}.
(The|Most) {nrps} in {place} (support|oppose) {person}.
Relations between {country} and {country} (improved|worsened) (in|after) {year}.
{last} (said|told|wrote|added|replied|resigned|refused|laughed|shrugged) (that|because) the {thing} was {adj}.
"{first}," said {first}, "(where|when) were you {when}?"
{first} looked at {first}. "You (never|always) (loved|hated) {place}," {first} said.
{first} walked down {street} and thought of {first} and the {thing}.
Uncle {first} and Aunt {first} came to {place} for {when}.
(Reported|Written|Photo|Edited|Translated|Posted) by {name}( in {city}|)
By {name}, {org}\n{city} ({org}) -- {titled} (arrived|resigned) {when}.
Our guide {first} took us from {place} to {place}; we (stayed|ate) at {org}.
Great service (at|from) {org} in {city}! {first} (was|is) so (friendly|helpful). (Visited|Went) {when}.
{org} on {street} has the best (pizza|coffee|tacos) in {city}.
The conference (takes place|will be held) in {city} from {date} to {date}; speakers include {name} ({org}) and {name} ({institution}).
{titled} (teaches|taught) (history|physics|law) at {institution} since {year}.
Senator {name} ({nrp}) and Governor {last} (met|argued) in {place} on {when}.
The applicant (claimed|sought|was awarded) {money} (for|in respect of) (pecuniary|non-pecuniary) damage and {money} for costs.
(He|She) was sentenced to {term} imprisonment, (reduced|increased) to {term} on {date} by the {court}.
The (proceedings|detention|interview|hearing) lasted {term}.
(After|Within|For|Over) {term} (he|she|the applicant|{titled}) (was released|left|stayed) (from|in|at) {prison}.
On {date} the {prison} (authorities|governor|administration) (refused|allowed) a visit by (his|her) (wife|lawyer), {name}.
(On|By) {date} the {city} (Public Prosecutor|prosecutor|Regional Prosecutor) (charged|indicted) (him|her|the applicant).
The applicant, (a|an) {job} (employed|working) (at|by|for) {org}, (lodged|brought) a (claim|complaint) with the {court} on {date}.
The {institution} (confirmed|replied|stated) (on|in a letter of) {date} that the file {case} had been (closed|lost).
In (the meantime|addition), on {date} and {date}, {titled} and {titled} (were heard|gave evidence) (at|before) the {court}.
A medical report (of|dated) {date} by {institution} (found|stated) that (he|she) suffered from (schizophrenia|bruises|diabetes).
The applicant company, {company}, is a {nrp} company (based|with its registered office) in {city}.
The {nrp} (Government|authorities|courts|police|Parliament|Constitutional Court) (argued|held|found) otherwise.
The Government (submitted|argued|contested|accepted) that (the complaint|the claim) was (ill-founded|premature).
In the (early|late) hours of {date} the police (searched|stopped|found) (a|the) (car|flat|house) in {street}, {city}.
(We|They|I) (love|left|visited|bombed|invaded|reached) {place} (and|but not) {place}.
(The|Our|All) {city} (area|metro area|office|suburbs|airport|team|region) (is|was|has) (busy|closed|growing|a {thing}).
(Troops|Rebels|Tourists|Refugees|Officials) in {city} and (around|near) {place} (said|fled|waited) {when}.
(The|the) US and the UK (sent|want|need) (troops|help|a {thing}) (to|from|in) {country}.
(best|cheap|good) (hotels|pizza|schools|doctors) in {city} {state}
any (tips|ideas) for {city} {country} in {when}?
the shop is {street} in {city}(, {state}|)
I stayed {term} in {place} and paid {money}.
{person} (owes|paid|lent|gave|won) {person} {money}.
(Between|From) {year} (and|to) {year}, (he|she) was the {nrp} ambassador (to|in) {country}.
""".strip().splitlines()

FIELDS = r"""
Name: {name}
Full name: {name}
First name: {first}
Last name: {last}
Surname: {last}
Given names: {first} {first}
Customer: {name}
Contact person: {name}
Applicant: {inverted}
Emergency contact: {name}, {phone}
Address: {address1}
Address:\n{address_lines}
Street: {street}
City: {city}
State: {state}
Zip: {zip}
Postcode: {zip}
Country: {country}
Place of birth: {city}
Date of birth: {dob}
DOB: {dob}
Age: {age}
Nationality: {nrp}
Religion: {nrp}
Ethnicity: {nrp}
Occupation: {job}
Employer: {org}
Company: {company}
School: {institution}
Hospital: {institution}
Bank: {institution}
Phone: {phone}
Mobile: {phone}
Email: {email}
Username: {username}
Passport No: {id}
Licence plate: {plate}
Case number: {case}
Customer ID: {id}
Order no.: {id}
Account number: {card}
SSN: {card}
Policy number: {id}
MRN: {id}
Date: {date}
Appointment: {stamp}
Doctor: {titled}
Manager: {name}
Title: {title}
Salutation: {title}
Amount: {money}
Status: (open|closed|pending|active)
Priority: (high|low|normal)
Category: (billing|technical|sales)
Notes: (none|see attachment|customer is unhappy|call back)
Product: {tech}
Quantity: {number}
Language: (English|German|French)
Gender: (male|female|m|f)
Comments: the {thing} is {adj}
""".strip().splitlines()
