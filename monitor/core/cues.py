"""Phrases that give a complaint away, and how they are found in a text in one pass.

A cue is a run of whole words, in any case. Matching costs two look-ups a word: a text of a hundred words takes
about 20 µs, whatever the number of cues.
"""

# ruff: noqa: E501, RUF001 - a table of phrases, some with the apostrophe that phones type

import re
from collections.abc import Mapping
from itertools import pairwise, zip_longest

# cause -> the phrases of the text that showed it, in order of appearance
Found = Mapping[str, tuple[str, ...]]

LONGEST_TEXT = 4000  # characters looked at: a complaint says so early, and 100 kB must not stop the line

_PHRASES = {
    "failure": """
        broken|broke|breaks|faulty|defective|does not work|doesn't work|doesnt work|did not work|didn't work
        not working|isn't working|isnt working|stopped working|won't work|wont work|never worked|can't log in
        cannot log in|can't login|cannot login|won't load|wont load|won't turn on|wont turn on|won't let me
        keeps crashing|crashes|crashed|crashing|keeps failing|failed|fails|error|glitch|bug|outage|is down|went down
        been down|no signal|no internet|no service|no power|no hot water|frozen|freezing|leaking|cracked
        damaged|missing|wrong item|wrong size|wrong order|wrong address|fell apart|falls apart|falling apart
        won't charge|unable to|locked out|cannot access|can't access|problem|problems|issue|issues|trouble
        not delivered|never delivered|lost my|kaputt|defekt|funktioniert nicht|geht nicht|no funciona|roto|rota
        averiado|ne marche pas|ne fonctionne pas|en panne|cassé|não funciona|quebrado|avariado""",
    "waiting": """
        still waiting|been waiting|waited|waiting for|weeks later|months later|days later|on hold|an hour|hours
        late|delayed|delay|delays|overdue|not arrived|hasn't arrived|hasnt arrived|never arrived|didn't arrive
        where is my|where's my|wheres my|still not|still no|still haven't|still hasn't|no sign of|any update
        cancelled my|canceled my|cancelled our|cancelled again|cancelled flight
        verspätung|verspätet|warte|warten|ausfall|fällt aus|retraso|retrasado|esperando|cancelado|sigo sin
        en retard|j'attends|toujours pas|attends|atraso|atrasado|à espera|ainda não""",
    "money": """
        refund|refunded|money back|charged twice|double charged|overcharged|charged me|took my money|took money
        taken money|stole|stolen|robbed|ripped off|rip off|ripoff|scam|scammed|scammers|fraud|fraudulent
        owe me|owes me|out of pocket|compensation|bailiff|debt collectors|geld zurück|abgezockt|erstattung
        reembolso|me cobraron|estafa|remboursement|arnaque|débité deux fois|dinheiro de volta|cobraram""",
    "anger": """
        worst|terrible|terribly|awful|horrible|horrendous|appalling|appalled|atrocious|dreadful|disgusting|disgusted
        disgrace|disgraceful|unacceptable|ridiculous|pathetic|shocking|shambles|shambolic|useless|hopeless|a joke
        rubbish|garbage|trash|crap|sucks|suck|lousy|poor service|poor customer|bad service|bad customer|bad experience
        disappointed|disappointing|disappointment|let down|fed up|frustrated|frustrating|furious|annoyed|annoying
        angry|fuming|unhappy|not happy|not impressed|unimpressed|not good enough|never again|fail|fuck|wtf|shit
        incompetent|incompetence|rude|unhelpful|ignorant|lied|lies|lying|misleading|misled|avoid|beware
        shame on|do better|get your act together|sort it out|sort this out|fix this|fix it|fix your
        schlecht|schlechter|katastrophe|frechheit|unverschämt|saftladen|unmöglich|nie wieder|scheiße|scheiss
        pésimo|pésima|horrible|vergüenza|fatal|nunca más|desastre|mierda|inaceptable|scheisse
        honte|scandaleux|nul|déçu|déçue|jamais plus|inadmissible|péssimo|péssima|vergonha|nunca mais|lixo""",
    "plea": """
        please help|help me|need help|can you help|could you help|can someone|can somebody|could someone|please fix
        please explain|please sort|look into|why is|why are|why has|why have|why did|why does|why can't|why do
        how long|when will|what is going on|what's going on|explain why|want to know why|get in touch|dm me
        warum|wieso|por qué|pourquoi|porque é que""",
    "harm": """
        caught fire|catches fire|on fire|smoke|smoking|exploded|explosion|burnt my|burned my|burns|electric shock
        electrocuted|injured|injury|hospital|ambulance|allergic reaction|food poisoning|poisoned|choked|choking
        choke|unsafe|dangerous|safety hazard|safety risk|carbon monoxide|gas leak|brakes failed|no brakes|bleeding
        mould|overheated|overheating|gefährlich|verletzt|brennt|krankenhaus|peligroso|herido|incendio
        dangereux|blessé|blessée|hôpital|perigoso|ferido|incêndio""",
    "authority": """
        ombudsman|regulator|ofcom|ofgem|ofwat|trading standards|financial conduct|data protection authority
        better business bureau|consumer protection|small claims|lawyer|solicitor|attorney|legal action|in court|to court
        county court|court case|will sue|to sue|sue you|suing|lawsuit|class action|police|watchdog|journalist|reporter|newspaper|going to the press|bbc|the guardian
        attorney general|action fraud|anwalt|rechtsanwalt|verbraucherzentrale|bundesnetzagentur|gericht|anzeige
        abogado|denuncia|demanda|avocat|tribunal|dgccrf|advogado|procon|deco|tribunal""",
    "ignored": """
        no reply|no response|no answer|no one answers|nobody answers|nobody replies|no one replies|never replied
        never answered|never responded|never got back|not replied|not responded|haven't replied|haven't responded
        ignored|ignoring|ignore me|ignores|no one cares|nobody cares|not as important|copy and paste|copy paste
        same template|template reply|boilerplate|scripted|canned response|hung up|keine antwort|niemand antwortet
        ignoriert|sin respuesta|nadie responde|nadie contesta|pas de réponse|aucune réponse|personne ne répond
        sem resposta|ninguém responde""",
    "chasing": """
        second time|third time|fourth time|fifth time|2nd time|3rd time|4th time|5th time|yet again|once again|again and
        over and over|time after time|every time|numerous times|several times|multiple times|many times
        two months|three months|four months|six months|2 months|3 months|4 months|6 months|two weeks|three weeks
        four weeks|2 weeks|3 weeks|4 weeks|5 weeks|6 weeks|for weeks|for months|chasing|chased|chase
        asked again|third email|second email|3 emails|five emails|zum dritten mal|schon wieder|seit wochen|seit monaten
        tercera vez|otra vez|desde hace semanas|troisième fois|encore une fois|depuis des semaines|terceira vez
        outra vez|há semanas""",
    "many": """
        anyone else|everyone else|lots of people|many people|so many people|other customers|same problem|same issue
        same here|me too|not the only one|not just me|all of us|whole street|whole area|everyone i know|we all
        happened to me too|auch bei|a mí también|moi aussi|comigo também|anyone having""",
    "leaving": """
        cancelling my|canceling my|cancel my|cancel our|switching to|switched to|switch to|moving to|going elsewhere
        taking my business|lost a customer|losing a customer|last time i|never buy|never using|never use|never fly
        never order|never shop|won't be back|wont be back|not coming back|ex customer|closing my account|kündige
        gekündigt|me cambio|me doy de baja|je résilie|je change|vou cancelar""",
    "thanks": """
        thanks|thank you|thankyou|thx|great service|great job|love|loving|loved|amazing|awesome|excellent|fantastic|brilliant
        perfect|best|impressed|happy with|recommend|congratulations|congrats|kudos|well done|good job|beautiful|danke|super
        gracias|excelente|genial|merci|bravo|obrigado|obrigada|parabéns|nice|cool|excited|can't wait|yay""",
    "advert": """
        giveaway|win a|discount code|promo code|use code|check out|sign up|free shipping|limited time|shop now|link in bio
        we are hiring|we're hiring|now hiring|job opening|press release|shares of|stock price|earnings|subscribe""",
    "billing": "bill|bills|billing|invoice|charged|overcharged|direct debit|payment|fee|fees|rechnung|factura|facture|fatura",
    "delivery": """
        delivery|deliver|delivered|parcel|package|courier|shipping|shipped|tracking|driver|lieferung|paket
        envío|entrega|paquete|livraison|colis|encomenda""",
    "product defect": "broken|faulty|defective|fell apart|stopped working|cracked|damaged|leaking|defekt|kaputt|roto|cassé",
    "outage": "outage|is down|went down|been down|no internet|no signal|no power|offline|störung|en panne|caído|fora do ar",
    "staff": "rude|staff|manager|agent|employee|hung up|driver was|unhelpful|mitarbeiter|personnel|funcionário",
    "refund": "refund|refunded|money back|reimbursed|erstattung|reembolso|remboursement|dinheiro de volta",
    "safety": """
        caught fire|on fire|exploded|electric shock|injured|hospital|unsafe|dangerous|allergic reaction|food poisoning
        overheating|overheated|choked|gas leak|gefährlich|peligroso|dangereux|perigoso""",
    "privacy": "data breach|my data|personal data|privacy|leaked my|hacked|gdpr|datenschutz|privacidad|vie privée",
    "misleading sale": "misleading|misled|false advertising|mis sold|missold|hidden fee|hidden fees|bait and switch|lied to",
    "cancellation": "cancel my|cancelling|cancellation|unsubscribe|close my account|closing my account|kündigung|résilier",
    "no answer": """
        no reply|no response|no answer|ignored|ignoring|never replied|never responded|nobody answers|on hold
        keine antwort|sin respuesta|pas de réponse|sem resposta""",
}

TOPICS = (
    "billing",
    "delivery",
    "product defect",
    "outage",
    "staff",
    "refund",
    "safety",
    "privacy",
    "misleading sale",
    "cancellation",
    "no answer",
)

LANGUAGES = frozenset({"en", "de", "es", "fr", "pt"})  # of the phrases

_PLAIN = re.compile(r"\w+")
_WORD = re.compile(r"\w+(?:['’]\w+)?")
# what may stand between the words of a phrase: no end of a sentence
_GAP = re.compile(r"[\s,'\"’“”*~–—-]{1,3}")
_NONE_OF = frozenset({"no", "without", "zero"})
_DENIED = frozenset(
    {
        "problem",
        "problems",
        "issue",
        "issues",
        "trouble",
        "error",
        "bug",
        "glitch",
        "delay",
        "delays",
        "smoking",
    }
)


def _index() -> dict[str, list[tuple[tuple[str, ...], str]]]:
    index: dict[str, list[tuple[tuple[str, ...], str]]] = {}
    for cause, block in _PHRASES.items():
        for phrase in block.replace("\n", "|").split("|"):
            if words := tuple(phrase.split()):
                index.setdefault(words[0], []).append((words, cause))
    return index


_BY_FIRST_WORD = _index()
_ALONE = frozenset(
    first for first, phrases in _BY_FIRST_WORD.items() for words, _ in phrases if len(words) == 1
)
_IN_A_ROW = frozenset(
    words[:2] for phrases in _BY_FIRST_WORD.values() for words, _ in phrases if len(words) > 1
)


def find(text: str) -> Found:
    """Return the cues in the first `LONGEST_TEXT` characters of `text`.

    Each phrase is as the text has it, in lower case, white space made one blank. "No problem" is no cue.
    """
    lowered = text[:LONGEST_TEXT].lower()
    pattern = _WORD if "'" in lowered or "’" in lowered else _PLAIN
    written = pattern.findall(lowered)
    words = _WORD.findall(lowered.replace("’", "'")) if "’" in lowered else written
    spans: list[tuple[int, int]] = []  # of the words, found only for a text that has a phrase of several
    found: dict[str, list[str]] = {}
    for at in _starts(words):
        word = words[at]
        for phrase, cause in _BY_FIRST_WORD[word]:
            quote = written[at]
            if len(phrase) > 1:
                if tuple(words[at : at + len(phrase)]) != phrase:
                    continue
                spans = spans or [match.span() for match in _WORD.finditer(lowered)]
                quote = _quote(lowered, spans[at : at + len(phrase)])
            if quote and not (word in _DENIED and at and words[at - 1] in _NONE_OF):
                found.setdefault(cause, []).append(quote)
    return {cause: tuple(phrases) for cause, phrases in found.items()}


def _starts(words: list[str]) -> list[int]:
    """Return where a phrase may start: at a word that is one, or begins one with the word after it."""
    pairs = enumerate(zip_longest(words, words[1:]))
    return [at for at, pair in pairs if pair[0] in _ALONE or pair in _IN_A_ROW]


def _quote(lowered: str, spans: list[tuple[int, int]]) -> str:
    """Return the words of `spans` as `lowered` has them; empty when a sentence ends between them."""
    if not all(_GAP.fullmatch(lowered, end, start) for (_, end), (start, _) in pairwise(spans)):
        return ""
    return " ".join(lowered[spans[0][0] : spans[-1][1]].split())
