"""Templates of chat, support, e-mail and everyday messages. One template a line; the grammar is in `grammar.py`."""

from __future__ import annotations

CHAT = r"""
(hi|hey|hello|Hi|Hello|), (my name is|I'm|im|this is|I am) {person}( and|, I) (live|am based|work|grew up|was born) in {place}
can you (write|draft) (an email|a letter|a reply) to {person} about the {thing}?
Please (write|draft|prepare) a (short |formal |friendly |)(email|note|message) to {titled} (asking|to ask) for a refund of {money}.
{person} (told|asked|texted|called|emailed) me {when} about the {thing}
i (met|saw|visited|called) {first} (in|near|at) {place} {when}
{first} and {first} are (getting married|coming over|moving to {place}|splitting up|late again)
what should i say to {first}? (he|she) has been (sick|angry|silent|away) since {when}
my (sister|brother|husband|wife|mom|dad|boss|friend|neighbour|cousin|aunt|daughter|son|landlord|roommate|ex) {first} (works|studies|volunteers) at {org}
My (sister|brother|husband|wife|mother|father|boss|friend|neighbour|cousin|uncle|daughter|son), {name}, (lives|is staying|was born) in {place}.
{first} (is|was|turned|will be) {age} years old( and lives in {city}|)
i am {age} years old and i (live in {city}|work as a {job}|have two kids)
I'm {agecode}, {nrp}, living in {place}(. Any advice?| and I need help with my {thing}.)
{agecode} here, my bf is {age}
my son is {age} and my daughter is {age}, (we|we all) live at {address1}
I am a {age}-year-old {nrp} {job} from {place}.
We moved (from {place} |)to {place} in {year}.
(Send|Ship|Deliver|Post|Forward) (it|the parcel|the {thing}|everything) to {address}( please|, thanks|.|)
my (new |)address is {address}
(I live at|we live at|i'm at|My home address is|Our office is at|Come to|meet me at|pick me up at|Find us at) {address}
(I live on|the house is on|it happened at|turn left at|parked outside) {street}( in {city}|)
Is there a (pharmacy|gym|good school) near {street}, {city}?
My zip( code|) is {zip}( and I live in {city}|)
postcode {zip}, (can you deliver|do you ship) there?
(call|text|ring|phone|reach) me (at|on) {phone}( after {time}| or mail {email}|)
My (phone |mobile |cell |)number is {phone}
you can (reach|contact) {first} (at|under|via) {phone} or {email}
(my email is|email me at|write to|cc|forward to) {email}
Hi, {first} here. (Could|Can) you (move|push) our (call|meeting) to {when}?
(Dear|Hi|Hello|Hey) {first},\n\n(Thanks|Thank you) for (your mail|the call|coming) {when}. (I will|I'll|We will) (send|bring) the {thing} (to|for) {person}.\n\n(Best|Regards|Cheers|Best regards|Kind regards|Yours sincerely),\n{name}
Dear {titled},\n\nwe (regret|are happy) to inform you that your {thing} of {date} was (rejected|approved).\n\n(Yours sincerely|Kind regards),\n{name}\n{org}
dear (sir or madam|all|team|customer), the {thing} is {adj}
yo {first} u coming {when} or nah
lol {first} just told {first} about the {thing} smh
omg {first} is in {city} rn!!
{handle} (thanks|lol|i agree|check this|happy birthday)! (see you|see u|cu) in {place} {when}
RT {handle}: {person} (wins|is back|arrives in {place}|speaks at {org})
(follow|dm|add) me on (insta|twitter|discord|telegram|snapchat|github): {username}
my (gamertag|username|user name|login|insta|discord|reddit account|skype) is {username}
user {username} (cannot|can't) log in since {when}
(happy birthday|congrats|welcome|good luck|thank you|RIP|sorry) {first}(!|!!|| ❤️)
(ask|tell|remind|call|invite|text|email|ping|thank) {first} (about|for|to check) the {thing}
{first}, {first} and {first} (will join|joined|are out) {when}
Who is {person}?
What (did|does) {person} (say|think|do) (about|at|in) {place}?
(where|when) was {famous} born?
tell me about {famous}( and {famous}|)
how far is {place} from {place}?
what is the weather in {city} {when}?
(book|find|get) (me |)(a flight|flights|a train|a hotel) (from {city} |)(to|in) {city} (on|for) {date}
I (fly|am flying|travel) from {city} to {city} on {date} at {time}( with {org}|).
plan a (trip|weekend) (to|in) {place} for {when}( with {first}|)
(i'm|I am) (Dr.|Mr|Mrs) who? no, I am {titled}
(Is|Was) {person} (from|in|born in) {country}?
i used to work (for|at) {org} (in {place} |)until {year}
{person} (joined|left|founded|sued|runs|quit) {org} (in|in late|after) {year}
I have an (interview|appointment) (at|with) {org} {when} at {time}
my (boss|manager|supervisor) at {org} is {person}, (he|she) is {nrp}
i'm {nrp} and my wife is {nrp}, we (got married|met) in {city} in {year}
as a (practising |)(devout |)({nrp}|{nrp} woman|{nrp} man) I (feel|felt) (unwelcome|at home) in {place}
Many {nrps} (moved|came) to {country} in the {year}.
{nrps} and {nrps} (live|lived) side by side in {place}
(summarize|summarise|translate|proofread|rewrite) (this|the following): {person} (met|saw|called) {person} at {org} in {place} on {date}.
(remind me|set a reminder) to call {first} (on|at) {when}
(the meeting|our call|the party|dinner) is (on|at) {when}( at {time}|) (at|in) {place}
{first} (said|says): "{person} was (here|late) {when}"
It's {first}'s (birthday|turn|house|idea), (not|never) {first}'s
{first}'s (car|phone|mother|{thing}) is (in {city}|{adj})
my therapist {titled} (says|thinks) i should (move to {city}|talk to {first})
(thx|thanks|ty) {first}
{first}: (hi|hey), are you (there|home)?\n{first}: (yes|no), i'm (in {city}|at {org}) until {time}
[{time}] {first}: (on my way|ok|see you at {place})\n[{time}] {name}: (great|call me on {phone}|bring the {thing})
{name} ({date}, {time}): I'll be (in|at) {place}
Am I speaking (to|with) {person}?
(Speak|Talk) to {person} at {org}, (extension {number}|they are nice).
is there anybody called {name} (here|at {org})?
(Sent|sent) from my iPhone. {first}
my doctor is {titled} at {institution}
Our {thing} with {company} (expires|ends|started) on {date}.
why is {company} (charging|billing) me {money} (since|on) {date}?
I was born on {dob} in {place}( to {nrp} parents|).
(DOB|dob|born|date of birth|birthday): {dob}
my social is {card} and my (name|full name) is {name}
(the|my) (order|tracking|booking|reference|confirmation|ticket) (number|no|no.|code|#) (is |: |){id}
Where is my order {id}? I (ordered|paid) on {date}.
(ticket|order|case|invoice|booking|ref|reference) (#|no. |number |){id}: {first} (reports|says) the {thing} is {adj}
my (passport|driving licence|driver's license|id card|membership|policy|customer|account|employee|student) (number|no|no.|id) is {id}
the (car|van|truck) with (plate|license plate|number plate|registration) {plate} (hit|blocked) {first}
a (blue|red|white|black) (Ford|BMW|Toyota), (reg|plate) {plate}, was seen (on|near) {street}
(compare|what about) {org} (and|vs) {org}?
i hate {company} (so much|), their {thing} is {adj}
just (landed in|arrived at|left|back from) {place} (with|without) {first}
{place} in {when} is (beautiful|cold|the best)
I miss {place}(.| so much| and {first})
Does anyone know a good (dentist|lawyer|plumber) in {place}? (Ask for|I went to) {titled}(.|, {street}.)
We're {first} and {first}, (both {age}|aged {age} and {age}), from {place}.
Write a (poem|song|story|speech) (about|for) {first}, who (is {age}|lives in {place}|works at {org}).
(Write|Give me) a (cover letter|CV|resume|bio) for {name}, a {job} (at {org} |)with (ten|five) years of experience in {city}.
here is my cv: {name}, {address1}, {phone}, {email}. (Work|Experience): {job} at {org} ({year} - {year}), {job} at {org} (since {year}).
You are {first}, a (helpful|rude|tired) {job} (at {org}|from {place}).
(translate|say) "{first} (loves|hates) {first}" in (French|German|Spanish|Japanese)
the (cops|police) came to {street} (last night|at {time}) looking for {name}
(heard|saw) that {person} (is|was) {nrp}, is (that|it) true?
{person} of {org} (agreed|refused) to (comment|pay {money})
got (fired|hired) by {company} {when}, (manager|boss) was {name}
""".strip().splitlines()

SUPPORT = r"""
Customer {name} (called|wrote|complained) (on {date}|{when}) (about|regarding) order {id}.
Caller: {name}, DOB {dob}, (policy|account|member) {id}. (Wants|Needs) a (refund|callback) on {phone}.
(Hi|Hello) {first}, your (ticket|case) {id} was (closed|opened|updated) by {first} on {stamp}.
Spoke (to|with) {name} ({phone}). (He|She|They) moved from {address1} to {address1}.
Please update the (billing|shipping|postal|delivery) address for {name}: {address}
Ship to:\n{name}\n{address_lines}
Deliver to {name}\n{address_lines}\nTel: {phone}
Bill to: {company}\n{address_lines}\nAttn: {name}
FROM:\n{name}\n{address_lines}\n\nTO:\n{org}\n{address_lines}
To: {name}\n{street}\n{city}\n{zip}
{name}\n{address_lines}
{org}\n{address_lines}\n{phone}
{name}, {address1}
{titled}, {address1}, {phone}
{first} {last} | {job} | {org} | {phone} | {email}
{name}\n{job}\n{org}\n{address_lines}\nT: {phone}\nE: {email}\nW: {url}
--\n{name}\n(Head of Sales|Senior Consultant|Director|Associate) | {company}\n{street} | {city} | {country}\nm. {phone} | {email}
(Kind regards|Best|Thanks|Cheers|Sincerely|BR),\n\n{name}\n{job}, {org}
On {stamp}, {a.full} <{a.email}> wrote:\n> (Hi|Hello) {first},\n> the {thing} will (arrive|be sent) {when}.\n> {a.first}
From: {a.full} <{a.email}>\nTo: {b.full} <{b.email}>\nCc: {name} <{email}>\nDate: {stamp}\nSubject: (Re: |Fwd: |)(your {thing}|meeting with {org}|trip to {place})\n\n(Hi|Dear|Hello) {b.first},\n\n(as discussed {when}|as promised), I (attach|enclose) the {thing} for {person}.\n\n{a.first}
From: {email}\nSent: {stamp}\nTo: {email}\nSubject: {thing}\n\n{first}, can you (send|forward) this to {name} in {city}? Thanks, {first}
-----Original Message-----\nFrom: {inverted}\nSent: {stamp}\nTo: {inverted}; {inverted}\nSubject: FW: {thing}\n\n{first} - (please review|fyi|any news from {company}?)
Forwarded by {a.full}/{org} on {stamp}
@{b.user} (assigned|closed|commented on) {id} ({date})
{a.titled} called again. {a.last} (says|claims) the {thing} (from|of) {date} is {adj}. {a.last} lives at {address1}.
{a.full} is {age}. {a.first} works as a {job} for {org}. Contact {a.first} at {a.email}.
{a.full} ({nrp}, {age}) and {b.full} ({nrp}, {age}) (met|married) in {place} in {year}. {b.first} later (left|sued) {a.first}.
Refund {money} to {name}, card {card}, (expiry|exp) {date}.
My card {card} was (charged|billed) {money} by {company} on {date}.
IBAN {card}, account holder {name}, {org}
(Wire|Transfer|Send|Pay) {money} to {name}, (account|IBAN|a/c) {card}, (bank|with) {institution}.
{name} paid {money} (to|from) {company} (on|by) {date}, ref {id}
The (claim|policy) {id} of {titled} covers the {thing} at {street}, {city}.
I'd like to (cancel|change) my booking {id} for {name}, arriving {date}( at {time}|).
Passenger {name}, flight (LH|BA|UA|AF) {number}, {city} - {city}, {date}, seat 14C, booking {id}
Guest: {inverted}; arrival {date}; departure {date}; passport {id}; nationality {nrp}
Dear {org} team, my name is {name} and I have been a customer since {year}.
Agent {first}: How can I help, {titled}?\nCustomer: My {thing} from {company} is {adj}.
agent {first} joined the chat\n{first}: hi, (order|ticket) {id} pls\n{first}: what's your (postcode|zip)? \n{first}: {zip}
Hi, I cannot (log in|reset my password). User {username}, email {email}, last (login|seen) {when}.
{name} ({username}) (reported|has) a problem with {tech} {when}
{first} from {company} (visited|will visit) our office (at|on) {street} {when}.
Technician {name} will come on {date} between {time} and {time} to {address1}
Could you (tell|confirm|check) whether {titled} (received|signed) the {thing} dated {date}?
(We spoke|I spoke) on the phone {when}, my name's {first}, from {place}.
The (buyer|seller|tenant|landlord|owner|witness) is {name}, (residing|resident|living|domiciled) at {address1}.
{name}, (born|b.) {dob}, (of|from) {street}, {city}
Account opened by {name} (DOB {dob}) at {institution} on {date}; ID checked: passport {id}.
Your {company} verification: {name}, we sent a code to {phone}.
Meeting notes {date}\n(Present|Attendees): {name}, {name}, {first}\n(Apologies|Absent): {inverted}\n- {first} to (call|mail) {org}\n- {first} will (visit|travel to) {place} {when}
- [ ] call {first} ({phone})\n- [ ] {thing} for {person}\n- [x] {adj} {thing}
* {name} - {org}\n* {name} - {org}\n* {name} - {place}
1. {name}\n2. {name}\n3. {name}\n4. {name}
{name}; {name}; {name}; {name}
{inverted}; {inverted}; {inverted}
{first}, {first}, {first}, {first} and {first}
{city}, {city}, {city}, {country}
{org}, {org}, {org}
""".strip().splitlines()
