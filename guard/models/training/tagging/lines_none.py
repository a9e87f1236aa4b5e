"""Templates with nothing personal in them: general knowledge, work, technology, common nouns for people."""

from __future__ import annotations

NONE = r"""
(What|Which) (gas|force|organ|animal|metal|planet) (do plants need|pulls objects down|pumps blood|lives in water|is the hardest|is the largest)?
(Water|Ice|Steam|Iron|Copper|Wood|Glass) (melts|boils|expands|conducts heat|rusts|floats) when (heated|cooled|wet|it is left outside).
The (sun|moon|earth|heart|brain|liver|atom|cell|seed|leaf|river|volcano) (is|contains|produces|needs|protects|absorbs) (energy|oxygen|light|water|blood|heat|protein|carbon dioxide).
(A|An|The) (frog|bird|whale|bee|tree|fungus|bacterium|snake|wolf|rabbit|shark|oak) (eats|needs|is eaten by|lives near|depends on|competes with) (insects|plants|other animals|the soil|water|sunlight).
A (student|scientist|teacher|farmer|driver|boy|girl|hiker|runner|cook|gardener) (wants to measure|observes|studies|is testing|notices|drops|pushes) (the temperature|a magnet|how plants grow|a ball|a box|the speed of sound|the rocks).
{role} (told|asked|called|thanked|paid|helped|blamed) {role} because (she|he|they) (was late|needed help|made a mistake|had finished the work|wanted to leave).
{role} (said|thought|knew|hoped) that (she|he|they) (would come|was right|could fix the {thing}|should wait).
{role} and {role} (talked|argued|agreed) about the {thing}.
(How do I|How can I|how to|What's the best way to) (fix|clean|cook|learn|write|install|configure|debug|sell|repair|return) (a|an|my|the) ({adj} |)({thing}|{tech} project|{tech} server)?
(Explain|Describe|Summarize|Compare|Define) (photosynthesis|inflation|gravity|democracy|machine learning|the water cycle|supply and demand|recursion|evolution|plate tectonics|{tech}|{tech} and {tech})( in simple terms| to a child| in one paragraph|).
What is the (difference|relationship) between {tech} and {tech}?
(Write|Show|Give me) (a|some) {tech} (code|function|script|query|example) (that|which|to) (sorts a list|reads a file|parses dates|counts words|removes duplicates).
{tech} is (faster|slower|older|newer|better documented) than {tech}.
We use {tech}, {tech} and {tech} for our (backend|website|pipeline|tests|data).
I get an error in {tech} when I (run|build|deploy|import) the (module|project|container|package).
(Upgrade|Install|Restart|Configure|Disable) {tech} before (you|you start|deploying|running the tests).
The {thing} is {adj}(, please fix it|, what should I do|. Thank you| and I want my money back|).
My {thing} is {adj}. (Can you help|What can I do|Is that normal|Who should I ask)?
I (need|want|lost|bought|sold|forgot|returned) (a|my|the|another) {adj} {thing}.
can u help me with my {thing} pls
(ok|sure|yes|no|thanks|great|lol|idk|hmm)(, got it|, see you later|, that works|, not now|)
Add {number} (cups|grams|spoons|ml) of (flour|sugar|milk|butter|rice) and (stir|bake|mix|cook) (well|until golden|slowly).
Solve for x: {number}x + {number} = {number}.
What is {number} (times|plus|minus|divided by) {number}?
The (ratio|sum|average|probability|result|area|speed) is {number} (percent|metres|km/h|degrees|units|).
(Chapter|Section|Figure|Table|Step|Part|Level|Exercise|Lesson|Page) {number}: (the basics|introduction|how it works|results|summary).
Choose (A, B, C or D|one of the following|the best answer).
(Please|Kindly) (read|review|sign|return|translate|shorten|improve) the (following |attached |)(text|document|paragraph|essay|form).
Improve this sentence: the {thing} was {adj} and the (weather|food|music) was {adj}.
(The|Our) (company|team|department|school|hospital|court|government|bank|police|church|university) (needs|has|announced|wants|denied) (a|the|its) {adj} {thing}.
The (king|queen|president|prime minister|mayor|judge|doctor|captain|professor|senator|bishop) (lives|lived|spoke|arrived) (alone|far away|first|again).
(Dear|Hello|Hi) (team|all|everyone|customer|sir|madam|friend|there|support),\n\nthe {thing} is {adj}. Please (advise|help|check).\n\n(Regards|Thanks|Best wishes)
Top (ten|five|3) (tips|ways|reasons|mistakes) (for|to|when) (save money|learn a language|lose weight|writing tests|buying a {thing}).
Roses are red, violets are blue, the {thing} is {adj}.
Once upon a time there was a {adj} (dragon|princess|knight|wizard|fox) who lost (his|her|its) {thing}.
The (policy|law|rule|contract|license) (says|requires|forbids) that (users|employees|members|tenants) must (pay|register|sign|be careful).
Shares (rose|fell) (sharply|slightly|a little) as (oil|gold|prices|interest rates) (climbed|dropped).
The (Internet|Web|Earth|Sun|Moon|Bible|Constitution|Renaissance|Industrial Revolution|Cold War|Big Bang|Milky Way) (is|was) (old|important|discussed in class|taught at school).
(English|Spanish|Mandarin|French) is a (hard|beautiful|useful) language( to learn|).
I'm (learning|studying) (French|German|Japanese|Latin|Arabic) (grammar|words|verbs).
(Will|May|Mark|Rob|Bill|Frank|Grant|Rich|Hope|Joy|Faith|Grace|Rose|Lily|Daisy|Amber|Ruby|Jade|Summer|April) (the|my|our|your) (date|payment|words|work|time) (be|is) (late|fine|good)?
will you (mark|bill|rob|grant|chase|hunt|pat|sue|drew) it or not? hope and faith and joy (help|matter)
May I (ask|leave|pay|come) (a question|early|later|in)?
The rose and the lily (need|like) (water|sun). A robin sat on the (holly|heather|ivy|fence).
It was (dark|sunny|frank|ernest work|a bill to pay|a mark on the wall).
(Who|what) (is|are) (the best|you|that|your favorite (actor|singer|player|team))?
Turn off the lights and (close|lock) the {adj} window.
(Open|Close|Save|Delete|Rename|Copy|Move) the (file|folder|window|tab|report) and (click|press|choose) (OK|Cancel|Enter|Next|Settings|File > Save As).
Press Ctrl+{number} or F5 to (refresh|start|stop).
Version {number}.{number} (fixes|adds|removes) (support for {tech}|a bug|two warnings|the {adj} menu).
See (section|RFC|issue|page|chapter|line) {number} (of the manual|for details|above|below).
(Note|Warning|Error|Hint|TODO|FIXME|Info|Debug): (the {thing} is {adj}|value out of range|file not found|connection refused|retry later|deprecated option).
## (Installation|Usage|Features|License|Contributing|Overview|Background|Results|FAQ)\n\n(Run the command below|The {thing} is {adj}|Read the guide first|Use {tech} or {tech}).
A. {w} {w}\nB. {w} {w}\nC. {w} {w}\nD. {w} {w}
A. {w}\nB. {w}\nC. {w}\nD. {w}
(What|Which|Why|How) {w} (is|does|can|did) {w} {w}?\nA. {w}\nB. {w} {w}\nC. {w}\nD. {w} {w} {w}
(Which|What) (of these|{w}) (is|helps|causes) {w}? A. {w} B. {w} C. {w} D. {w}
(Which|What) {w} {w} {w}? (A) {w} (B) {w} (C) {w} (D) {w}
a) {w}\nb) {w} {w}\nc) {w}
1. {w} {w}\n2. {w}\n3. {w} {w} {w}
- {w}\n- {w} {w}\n- {w}
(Answer|Option|Choice|Vitamin|Group|Plan|Type|Point|Team) (A|B|C|D): {w} {w}
(A|The|Some|Every|One) {w} {w} (is|was|needs|makes|uses|gets) (a|the|more|less|some) {w} {w}.
(A|The) {w} (moves|changes|grows|falls|works) (because|when|if|until) (a|the) {w} (is|becomes|stays) {w}.
{number} {w} and {number} {w} (are|make|cost) {number} {w}.
(There are|We have|I ate|It takes) {number} {w}.
{w}
{w} {w}
{w} {w} {w} {w}
# {tech} (guide|notes|tutorial|setup)\n\n- (install|read|run) the (tool|docs|tests)\n- (open|check|build) the (page|image|log)
| (id|item|name|column|key) | (value|price|type|status|count) |\n| --- | --- |\n| (apple|pear|total|size|a) | {number} |\n| (plum|mean|width|b|c) | {number} |
item,qty,price\n(pen|bread|bolt),{number},{number}\n(paper|milk|nut),{number},{number}
""".strip().splitlines()

CODE = r"""
(timeout|limit|size|port|retries|ttl|width|days|hours) = {number}
(wait|sleep|retry|cache) (for |)(10s|5m|24h|30 seconds|a day|100 ms|two hours) (# seconds|between calls|before closing|)
'''(Return|Read|Check|Write|Remove|Build) the {w} of (a|each|the) {w}( or None|, as {w}|).'''
# {w} {w} {w}, (see|not|or|because) {w} {w}
{w}_{w} = {w}.{w}({w}, {number})
self._{w}: (int|str|list[str]|float) = {number}
def (load|save|parse|run|build|check)_(file|data|user|config|name|text)((path|value|name|items)): return (None|value|[])
class (User|Person|Customer|Parser|Account|Address|Employee)(Base|object|Model):\n    (name|city|email|street) = (CharField|Column|str)(max_length={number})\n    age: int = {number}
(import|from) (os|json|re|sys|numpy|pandas|datetime|collections) import (path|loads|array|Counter|DataFrame|timedelta)
for (i|row|name|user|item) in (range(10)|rows|names|users|items):\n    print((i|row|name|user|item))
if (user.name|args.city|row["name"]|response.status) (==|!=|is not) (None|"admin"|200|""):\n    raise (ValueError|KeyError|TypeError)("(bad value|no name|not found)")
(const|let|var) (name|city|user|address|data) = (await fetch(url)|document.getElementById("name")|null|props.user.name|[]);
public (static|final|) (void|String|int) (getName|main|setAddress|toString|parse)(String (name|args|value)) { return (name|null|this.name); }
SELECT (name, city|first_name, last_name|count(*)|u.email) FROM (users|customers|orders|people) (u |)WHERE (age > {number}|city IS NOT NULL|id = ?|created_at < now()) (ORDER BY name|LIMIT {number}|);
$ (ls -la|cd src|git status|git commit -m "fix tests"|make test|docker ps|kubectl get pods|pip install numpy|cat README.md|grep -rn name .|python -m pytest -q|npm run build|sudo systemctl restart nginx|tail -f /var/log/syslog)
$ git log --oneline\na1b2c3d (Fix|Add|Remove|Update) (the parser|tests|docs|a typo)\n9f8e7d6 (Merge branch main|Refactor|Bump version)
drwxr-xr-x  {number} root root  4096 (src|docs|tests|bin)\n-rw-r--r--  {number} user staff  {number} (README.md|setup.py|Makefile)
Traceback (most recent call last):\n  File "(app|main|server).py", line {number}, in <module>\n    (main()|run(args)|load(path))\n(ValueError|KeyError|TypeError|RuntimeError): (invalid literal|missing key|unsupported operand|out of memory)
Exception in thread "main" java.lang.(NullPointerException|IllegalStateException)\n\tat com.example.(app|core).(Main|Service|Parser).(run|main|parse)((Main|Service|Parser).java:{number})
(INFO|WARN|ERROR|DEBUG) (server|worker|db|cache|http) (started on port {number}|connection lost|took {number} ms|retry {number}|GET /api/v1/users 200)
{"(status|type|level|state)": "(ok|error|active|done)", "(count|size|retries|port)": {number}, "(enabled|debug|cached)": (true|false)}
{"model": "(gpt-4|bert-base|llama-3)", "temperature": 0.{number}, "messages": [{"role": "(user|system|assistant)", "content": "(hello|be brief|what is {tech}?)"}]}
(name|kind|version|image|title): (build|Deployment|v{number}|nginx:latest|settings)\n(on|spec|jobs|steps):\n  (push|replicas|test|run): (main|{number}|make|true)
[(section|tool.ruff|server|default)]\n(name|port|line-length|level) = ("demo"|{number}|88|"info")
<div class="(name|user|address|title)"><(span|a|p)>(Name|Home|Sign in|Settings|City)</(span|a|p)></div>
assert (user.name|result|len(rows)|first_name(text)) == ({number}|"x"|expected)
// (returns the name of the user|sort by city|TODO: check age|not thread safe)
# (the person who calls this|split the address into lines|names are unique|see the docs)
`(git push|pip install|npm ci)` (then|and) `(make|pytest|ls)`
(GET|POST|PUT|DELETE) /(users|orders|api/v2/items|login) HTTP/1.1\nHost: localhost\nAccept: (application/json|*/*)
npm (WARN|ERR!) (deprecated|code) (E404|har-validator|ENOENT)
Step {number}/{number} : (RUN|COPY|FROM) (pip install .|. /app|python:3.12-slim)
return (self.name|person.address|f"{0}"|sorted(names)|Address(street, city))
""".strip().splitlines()
