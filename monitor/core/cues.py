"""Phrases that give a complaint away, and how they are found in a text in one pass.

A cue is a run of whole words, in any case. Matching costs two look-ups a word: a text of a hundred words takes
about 20 µs, whatever the number of cues.
"""

# ruff: noqa: E501, RUF001 - a table of phrases, some with the apostrophe that phones type

import re
from collections.abc import Mapping
from itertools import pairwise

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
        averiado|ne marche pas|ne fonctionne pas|en panne|cassé|não funciona|quebrado|avariado
        won't open|wont open|won't connect|wont connect|won't start|won't install|won't download|keeps freezing
        freezes|buffering|lagging|laggy|crashed again|dead on arrival|doesn't fit|doesnt fit|doesn't turn on
        turned off by itself|out of order|not available|isn't available|error message|error code|blank screen
        black screen|kicks me out|logs me out|logged out|timed out|won't send|wont send|isn't loading|not loading
        not connecting|can't connect|cannot connect|can't get|can't even|can't order|can't pay|can't book|can't find
        can't hear|can't open|can't use|cannot use|couldn't get|cant log in|cant get|cant access|cant connect|hacked
        stopped charging|battery dies|dies after|died after|ripped|torn|stained|smells|mouldy|moldy|stale|raw
        undercooked|cold food|burnt|soggy|inedible|wrong food|power cut|power outage|no electricity|no lights|no water
        blackout|slow internet|so slow|too slow|very slow|slow as|dropped calls|keeps dropping|no wifi|lost luggage
        lost bag|lost my bag|lost our|lost it|my bag is|bag missing|missed my|missed our|stranded|stuck in|stuck at
        stuck on|sitting on the tarmac|turned away|double booked|funktioniert nicht mehr|geht nicht mehr
        geht wieder nicht|funktionieren nicht|gehen nicht|lädt nicht|startet nicht|störung|gestört|fehlermeldung
        abgestürzt|stürzt ab|klemmt|undicht|beschädigt|zerstört|verloren gegangen|fehlt|kein netz|kein internet
        kein empfang|stromausfall|falsch geliefert|zug ausgefallen|ausgefallen|entfällt|klimaanlage|überfüllt|verpasst
        anschluss verpasst|no me deja|no carga|no abre|no va|no funcionan|no funcionó|no sirve|no anda|se cae|se cayó
        caído|caída|falla|fallo|fallando|dañado|dañada|perdido|perdida|perdieron|perdí|no llega|no llegó|no ha llegado
        sin luz|sin agua|sin internet|sin servicio|sin señal|mi maleta|maletas perdidas|equivocado|vencido|estropeado
        tirados|tirado|colgado|no puedo|ne fonctionne plus|ne marche plus|marche pas|fonctionne pas|ne charge pas
        bloqué|bloquée|plante|bugs|perdu|perdue|abîmé|abîmée|jamais reçu|jamais arrivé|pas reçu|pas arrivé|pas livré
        erreur|impossible de|coupure|pas de réseau|train supprimé|supprimé|não consigo|nao consigo|não abre
        não carrega|não funcionam|nao funciona|não chegou|nao chegou|caiu|fora do ar|sem luz|sem água|sem internet
        sem sinal|erro|travando|travou|danificado|estragado|errado|trocado|extraviado|extraviada|avaria""",
    "waiting": """
        still waiting|been waiting|waited|waiting for|weeks later|months later|days later|on hold|an hour|hours
        late|delayed|delay|delays|overdue|not arrived|hasn't arrived|hasnt arrived|never arrived|didn't arrive
        where is my|where's my|wheres my|still not|still no|still haven't|still hasn't|no sign of|any update
        cancelled my|canceled my|cancelled our|cancelled again|cancelled flight
        verspätung|verspätet|warte|warten|ausfall|fällt aus|retraso|retrasado|esperando|cancelado|sigo sin
        en retard|j'attends|toujours pas|attends|atraso|atrasado|à espera|ainda não
        still waiting for|keep waiting|kept waiting|keeps me waiting|been on hold|waiting on hold|for hours
        hours on hold|hour wait|hour delay|hours late|minutes late|mins late|been sitting|since yesterday|since monday
        since last week|days now|weeks now|months now|days ago|weeks ago|months ago|never came|never showed
        never turned up|no show|didn't show up|didnt come|hasn't come|not yet received|not received|haven't received
        havent received|never received|didn't receive|still hasnt|still havent|still don't|still can't|still isn't
        still nothing|still the same|where are my|where is our|where is the|when is my|how much longer|taking so long
        takes so long|taking forever|warten seit|warte seit|warte immer noch|immer noch nicht|immer noch kein
        immer noch keine|stunden|zu spät|minuten später|verspätungen|verspätete|seit wochen|seit tagen|seit monaten
        wann kommt|wo bleibt|endlich mal|llevo esperando|llevamos|llevo|esperando desde|horas|hace semanas|hace meses
        hace días|todavía no|aún no|aun no|sigo esperando|seguimos esperando|sin noticias|demora|demorado|tarde
        retrasos|cancelaron|cancelan|cancelada|dónde está mi|cuándo|j'attends depuis|attends depuis
        depuis des semaines|depuis des mois|depuis trois|toujours rien|toujours aucune|retards|annulé|annulée|attente
        esperando há|há semanas|há meses|há dias|ainda nao|até agora nada|até hoje|atrasou|atrasada|cancelaram|cadê""",
    "money": """
        refund|refunded|money back|charged twice|double charged|overcharged|charged me|took my money|took money
        taken money|stole|stolen|robbed|ripped off|rip off|ripoff|scam|scammed|scammers|fraud|fraudulent
        owe me|owes me|out of pocket|compensation|bailiff|debt collectors|geld zurück|abgezockt|erstattung
        reembolso|me cobraron|estafa|remboursement|arnaque|débité deux fois|dinheiro de volta|cobraram
        charging me|charged again|still charging|want my money|give me my money
        rip-off|unauthorised|unauthorized|without my consent
        not refunded|no refund|refuse to refund|debited|deducted|betrug|betrüger|geld weg
        doppelt abgebucht|abgebucht|frechheit der preis|erstatten|entschädigung
        estafadores|estafado|robaron|roban|me robaron|cobraron|devuelvan|devolución
        indemnización|escrocs|escroquerie|remboursez|rembourser|rembourse
        prélevé|prélevée|facturé|roubada|golpistas
        cobrança indevida|estorno|estornar|reembolsar|devolvam|meu dinheiro""",
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
        honte|scandaleux|nul|déçu|déçue|jamais plus|inadmissible|péssimo|péssima|vergonha|nunca mais|lixo
        hate|hated|hates|i hate|worse|worst ever|ever used|ever seen|joke of|what a joke|absolute joke|bullshit|bs
        wtaf|ffs|fml|damn|dammit|ass|asses|screw you|screwed|screwed up|screw up|messed up|mess|a mess|fucked|fucking
        shite|shitty|shitshow|crappy|stupid|dumb|idiots|idiot|clowns|morons|liars|crooks|scumbags|scum|dishonest
        unprofessional|unreliable|nightmare|hell|horrid|abysmal|diabolical|woeful|dire|poor|poorly|inexcusable
        unbelievable|outrageous|insulting|insult|offensive|racist|disrespectful|disrespect|ashamed|shame|shameful
        embarrassing|embarrassment|laughable|failure|failed me|epic fail|fails again|failing|sick of|tired of
        had enough|enough is enough|done with|never using|never buying|never flying|never fly|never shop|never order
        not acceptable|not ok|not okay|not cool|not pleased|not worth|wasn't worth|no help|not helpful|zero help
        not helping|no sense|makes no sense|don't care|dont care|doesn't care|do not care|couldn't care|no excuse
        wasted|waste of|waste my time|wasting my time|nonsense|disaster|fiasco|circus|chaos|flimsy|ruined
        ruining|ruin|killing me|let us down|let me down|lost a customer|losing a customer|bad customer service
        terrible service|horrible service|worst service|worst customer|worst airline|bad company|worst company|wake up
        get it together|get your shit|sort your|sort yourselves|what's wrong with|whats wrong with|what is wrong with
        seriously|really disappointed|so disappointed|very disappointed|extremely disappointed|dissatisfied
        unsatisfied|upset|irritated|irritating|infuriating|pissed|pissed off|raging|disgust|sad|sadly|ugh|smh|yikes
        boo|unacceptably|unfair|mistreated|ripoff|stingy|epicfail|neveragain|worstever|notcool|hasse|hass|schlimm
        schlimmer|schlimmste|schlechteste|schlechteste service|miserabel|mies|miese|grottig|grauenhaft|furchtbar
        schrecklich|unterirdisch|lächerlich|peinlich|armselig|erbärmlich|unzumutbar|inakzeptabel|unfassbar|unglaublich
        nervt|nervig|genervt|ärgerlich|ärger|verärgert|enttäuscht|enttäuschend|enttäuschung|wütend|sauer|kotzt|kotzen
        zum kotzen|drecksladen|scheißladen|dreck|dreckig|mist|müll|schrott|versager|unfähig|idioten|verarscht
        verarsche|verarschen|lügen|gelogen|desaster|versagt|versagen|schande|schämt euch|skandal|sauerei|zumutung|witz
        beschissen|kacke|danke für nichts|reicht's|reicht es|nie mehr|schnauze voll|im stich|frech|unfreundlich|pampig
        arrogant|inkompetent|keine ahnung|armutszeugnis|unverschämtheit|stinkt|ekelhaft|eklig|widerlich|odio|peor
        peores|la peor|el peor|malísimo|malísima|pésimo servicio|mal servicio|horrorosa|horroroso|asco|asqueroso
        basura|vergonzoso|vergonzosa|sinvergüenzas|sinvergüenza|lamentable|indignante|indignado|indignada|inadmisible
        increíble que|ridículo|ridícula|patético|patética|penoso|penosa|desastroso|caos|incompetentes|ineptos|inútiles
        idiotas|imbéciles|mentirosos|mentira|mienten|engaño|engañan|engañado|harto|harta|hartos|cansado de|cansada de
        decepción|decepcionado|decepcionada|decepcionante|enfadado|enojado|enojada|molesto|molesta|cabreado|cabreada
        cabrones|hijos de puta|hdp|puta|putos|puto|joder|coño|carajo|porquería|no vuelvo|jamás|jamas|no recomiendo
        falta de respeto|poca vergüenza|qué vergüenza|que vergüenza|tomadura de pelo|cachondeo|maltrato|maltratan
        tercermundista|explotadores|pasotismo|no se puede|no puede ser|gracias por nada|suspenso|déteste|pire|le pire
        la pire|pires|affreux|minable|pitoyable|ridicule|scandale|honteux|honteuse|inacceptable|déplorable|catastrophe
        catastrophique|cauchemar|foutage de gueule|se foutent|se moquent|moquez|marre|ras le bol|en colère|énervé
        énervée|énervant|agacé|furieux|furieuse|déception|décevant|décevante|merde|merdique|putain|bordel|chier|nulle
        nuls|incompétents|incompétent|incapables|menteurs|mensonge|mentent|arnaqueurs|plus jamais|fuyez|à fuir
        à éviter|évitez|impoli|désagréable|aucun respect|irrespectueux|service client inexistant|merci pour rien|odeio
        pior|piores|a pior|o pior|horrível|terrível|absurdo|absurda|vergonhoso|vergonhosa|inadmissível|inaceitável
        lamentável|descaso|palhaçada|palhaços|falta de respeito|desrespeito|desrespeitoso|incompetência|inúteis|mentem
        enganado|enganada|decepção|desilusão|desiludido|irritado|irritada|raiva|revoltado|revoltada|merda|porra
        caralho|bosta|porcaria|uma bosta|um lixo|não recomendo|nao recomendo|jamais|péssimo atendimento
        péssimo serviço|mal atendido|mal educado|fujam|evitem|obrigado por nada|que vergonha
        charge me|charges me|waste of money|wasted money|money wasted|thieves|robbery|robbing|stealing
        extortion|overpriced|too expensive|hidden fees|hidden fee|price gouging|gouging|greedy|greed|abzocke
        abzocker|wucher|zu teuer|überteuert|ladrones|robo|cobran|cobrando|cobro|dinero|abuso|abusivo|abusivos
        carísimo|voleurs|vol|prélèvement|trop cher|hors de prix|ladrões|roubo|golpe|cobrança|cobrado
        caro demais|abusiva""",
    "plea": """
        please help|help me|need help|can you help|could you help|can someone|can somebody|could someone|please fix
        please explain|please sort|look into|why is|why are|why has|why have|why did|why does|why can't|why do
        how long|when will|what is going on|what's going on|explain why|want to know why|get in touch|dm me
        warum|wieso|por qué|pourquoi|porque é que
        any help|please advise|pls help|plz help|help please|need assistance|assist me|need to speak|speak to a human
        talk to a human|real person|anyone there|someone help|someone please|somebody help|please respond|please reply
        please answer|answer me|reply to me|respond to my|any news|any idea when|any ideas why|what happened to
        what's happening|whats happening|whats going on|how is this|how can you|how come|explain to me
        how do i complain|make a complaint|file a complaint|bitte um hilfe|hilfe|was ist los|was ist da los
        wie kann|kann nicht sein|beschwerde|beschweren|ansprechpartner|wann wird|was soll|ayuda|necesito ayuda
        por favor respondan|respondan|contesten|contestad|qué pasa con|que pasa con|cómo es posible|como es posible
        reclamación|reclamar|reclamo|queja|quejas|exijo|quiero una respuesta|solución|solucionen|
        besoin d'aide|répondez|que se passe|c'est normal|réclamation|plainte|comment se fait|une solution|ajuda
        preciso de ajuda|me ajudem|respondam|o que está acontecendo|como é possível|reclamação|resolvam
        quero uma solução|providência""",
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
        abogado|denuncia|demanda|avocat|tribunal|dgccrf|advogado|procon|deco|tribunal
        consumer court|consumer forum|consumer affairs|fcc|ftc|cfpb|accc|dgca|chargeback|schlichtungsstelle|bafin
        polizei|datenschutzbehörde|hoja de reclamaciones|hojas de reclamaciones|defensa del consumidor|facua|profeco
        sernac|indecopi|superintendencia|fiscalía|juzgado|policía|médiateur|signalconso|signal conso|arcep
        répression des fraudes|juizado|anatel|aneel|anacom|livro de reclamações|delegacia|polícia""",
    "ignored": """
        no reply|no response|no answer|no one answers|nobody answers|nobody replies|no one replies|never replied
        never answered|never responded|never got back|not replied|not responded|haven't replied|haven't responded
        ignored|ignoring|ignore me|ignores|no one cares|nobody cares|not as important|copy and paste|copy paste
        same template|template reply|boilerplate|scripted|canned response|hung up|keine antwort|niemand antwortet
        ignoriert|sin respuesta|nadie responde|nadie contesta|pas de réponse|aucune réponse|personne ne répond
        sem resposta|ninguém responde
        never reply|never replies|never respond|never responds|never answer|never answers|never called back
        never call back|no call back|no callback|nobody called|no one called|doesn't answer|don't answer|dont answer
        won't answer|wont answer|not answering|not responding|don't respond|dont respond|won't respond|no one responds
        nobody responds|no one is answering|hang up|hangs up|hung up on|keeps hanging up|disconnected|ghosted|ghosting
        no help from|passed around|pillar to post|run around|runaround|automated response|automated reply|bots|chatbot
        unanswered|no communication|without answer|left on read|blocked me|deleted my comment|keine rückmeldung
        keine reaktion|keiner antwortet|keiner meldet sich|niemand meldet sich|meldet sich nicht|nicht erreichbar
        niemand erreichbar|warteschleife|aufgelegt|ignoriert ihr|textbaustein|textbausteine|keine info|keine infos
        keine information|no contestan|no responden|no contesta|no responde|nadie da|nadie atiende|no atienden
        me cuelgan|cuelgan|no dan respuesta|no dan solución|ni caso|pasan de|me ignoran|ignoran|ignoráis|sin solución
        sin información|no informan|nadie informa|ne répondent pas|ne répond pas|répond pas|répondent pas|aucun retour
        pas de retour|sans réponse|sans nouvelles|raccroche|raccroché|ignorez|ignorent|injoignable|réponse automatique
        aucune nouvelle|aucune information|não respondem|nao respondem|não responde|nao responde|não atendem
        nao atendem|não atende|sem retorno|sem solução|ninguém atende|ninguem responde|ninguém resolve|me ignoram
        ignoram|desligam|desligou na minha cara|resposta automática|nenhuma resposta|nenhum retorno""",
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
        gekündigt|me cambio|me doy de baja|je résilie|je change|vou cancelar
        switch to another|take my business|my business elsewhere|cancel my subscription|cancelling|lost my business
        lost my custom|goodbye|bye bye|unsubscribed|unsubscribing|uninstalled|uninstalling|deleting the app
        deleted the app|won't be using|won't be buying|won't shop|won't fly|will not fly|will not buy
        will not be using|boycott|kündigen|wechsel|wechsle|anbieter wechseln|boykott|nie wieder bei|zur konkurrenz
        me voy a|cambiarme|darme de baja|cancelo|boicot|no vuelvo a|no volveré|résilier|je pars|désabonner
        plus jamais chez|cancelei|vou trocar|vou mudar|boicote|não volto|nao volto|não compro mais""",
    "thanks": """
        thanks|thank you|thankyou|thx|great service|great job|love|loving|loved|amazing|awesome|excellent|fantastic|brilliant
        perfect|best|impressed|happy with|recommend|congratulations|congrats|kudos|well done|good job|beautiful|danke|super
        gracias|excelente|genial|merci|bravo|obrigado|obrigada|parabéns|nice|cool|excited|can't wait|yay
        amazing service|excellent service|best airline|love you guys|love this|so happy|very happy|shout out|shoutout
        thumbs up|you rock|made my day|highly recommend|super helpful|so helpful|very helpful|quick response
        fast response|sorted now|all sorted|all good now|works now|working now|fixed now|fixed it|resolved now
        appreciate it|much appreciated|vielen dank|danke schön|dankeschön|super service|toller service|top service
        sehr zufrieden|empfehlenswert|klasse|perfekt|hat geklappt|muchas gracias|mil gracias|excelente servicio
        buen servicio|encantado|encantada|recomiendo|felicidades|enhorabuena|maravilloso|gran servicio|merci beaucoup
        bravo à|je recommande|parfait|très satisfait|génial|muito obrigado|muito obrigada|excelente atendimento
        ótimo atendimento|recomendo|perfeito|adorei|maravilhoso""",
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
    firsts = [at for at, word in enumerate(words) if word in _BY_FIRST_WORD]
    return [at for at in firsts if words[at] in _ALONE or tuple(words[at : at + 2]) in _IN_A_ROW]


def _quote(lowered: str, spans: list[tuple[int, int]]) -> str:
    """Return the words of `spans` as `lowered` has them; empty when a sentence ends between them."""
    if not all(_GAP.fullmatch(lowered, end, start) for (_, end), (start, _) in pairwise(spans)):
        return ""
    return " ".join(lowered[spans[0][0] : spans[-1][1]].split())
