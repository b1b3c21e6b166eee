"""Words of the quickstart grammar, as tables. German first, English second."""

# Nouns: `Lemma gender[/genitive] plural english`. m* is the weak declension (den Studenten);
# the genitive ending is -s unless given; the plural is an ending, `"` umlauts, `0` is a mass noun.
NOUNS = {
    "pers": """Lehrer m - teacher; Lehrerin f -nen teacher; Arzt m/es "e doctor;
        Ärztin f -nen doctor; Student m* -en student; Studentin f -nen student;
        Nachbar m* -n neighbor; Nachbarin f -nen neighbor; Freund m/es -e friend;
        Freundin f -nen friend; Bäcker m - baker; Koch m "e cook; Polizist m* -en police officer;
        Kollege m* -n colleague; Kollegin f -nen colleague; Verkäuferin f -nen saleswoman;
        Ingenieur m -e engineer; Künstlerin f -nen artist; Bauer m* -n farmer;
        Richterin f -nen judge; Gast m/es "e guest; Junge m* -n boy; Mädchen n - girl;
        Kind n/es -er child; Mann m/es "er man; Frau f -en woman; Chef m -s boss;
        Chefin f -nen boss; Schüler m - pupil; Schülerin f -nen pupil; Journalist m* -en journalist;
        Tourist m* -en tourist; Kunde m* -n customer; Gärtner m - gardener; Musiker m - musician;
        Schriftstellerin f -nen writer; Krankenschwester f -n nurse; Busfahrer m - bus driver;
        Anwältin f -nen lawyer; Mechaniker m - mechanic; Fotograf m* -en photographer;
        Zauberer m - magician; Prinzessin f -nen princess; Pirat m* -en pirate;
        Detektiv m -e detective; Astronautin f -nen astronaut""",
    "kin": """Bruder m " brother; Schwester f -n sister; Vater m " father; Mutter f " mother;
        Onkel m - uncle; Tante f -n aunt; Großvater m " grandfather; Großmutter f " grandmother;
        Sohn m/es "e son; Tochter f " daughter; Neffe m* -n nephew; Nichte f -n niece""",
    "anim": """Hund m/es -e dog; Katze f -n cat; Pferd n/es -e horse; Vogel m " bird; Kuh f "e cow;
        Maus f "e mouse; Ente f -n duck; Schaf n/es -e sheep; Igel m - hedgehog;
        Papagei m -en parrot; Esel m - donkey; Ziege f -n goat""",
    "food": """Apfel m " apple; Banane f -n banana; Birne f -n pear; Orange f -n orange;
        Pfirsich m -e peach""",
    "cake": """Kuchen m - cake; Keks m/es -e cookie; Apfelkuchen m - apple cake; Brötchen n - roll;
        Schokoladenkuchen m - chocolate cake; Geburtstagskuchen m - birthday cake""",
    "dish": """Suppe f -n soup; Pizza f -s pizza; Kartoffelsuppe f -n potato soup;
        Tomatensuppe f -n tomato soup; Gemüsesuppe f -n vegetable soup""",
    "veg": """Kartoffel f -n potato; Tomate f -n tomato; Ei n/es -er egg; Karotte f -n carrot;
        Zwiebel f -n onion""",
    "eat": """Brot n 0 bread; Käse m 0 cheese; Reis m 0 rice; Butter f 0 butter; Fleisch n 0 meat;
        Schokolade f 0 chocolate; Honig m 0 honey; Obst n 0 fruit;
        Kartoffelsalat m 0 potato salad""",
    "drink": """Kaffee m 0 coffee; Tee m 0 tea; Wasser n 0 water; Milch f 0 milk;
        Apfelsaft m 0 apple juice; Orangensaft m 0 orange juice; Limonade f 0 lemonade;
        Tomatensaft m 0 tomato juice""",
    "book": """Buch n/es "er book; Zeitung f -en newspaper; Roman m -e novel;
        Zeitschrift f -en magazine; Kochbuch n/es "er cookbook; Wörterbuch n/es "er dictionary;
        Schulbuch n/es "er schoolbook""",
    "read": """Brief m/es -e letter; Gedicht n/es -e poem; Bericht m/es -e report;
        Artikel m - article; Nachricht f -en message; E-Mail f -s email; Märchen n - fairy tale""",
    "thing": """Schlüssel m - key; Lampe f -n lamp; Tasche f -n bag; Koffer m - suitcase;
        Uhr f -en clock; Regenschirm m -e umbrella; Messer n - knife; Teller m - plate;
        Tasse f -n cup; Flasche f -n bottle; Spiegel m - mirror; Bild n/es -er picture;
        Ball m/es "e ball; Geschenk n/es -e gift; Kerze f -n candle; Decke f -n blanket;
        Korb m/es "e basket; Hammer m " hammer; Spielzeug n/s -e toy; Ring m/es -e ring;
        Paket n/es -e package; Rucksack m/es "e backpack; Puppe f -n doll; Handtuch n/es "er towel;
        Eimer m - bucket; Besen m - broom; Geldbörse f -n wallet;
        Haustürschlüssel m - front door key; Taschenlampe f -n flashlight""",
    "cloth": """Hut m/es "e hat; Mantel m " coat; Hemd n/es -en shirt; Kleid n/es -er dress;
        Jacke f -n jacket; Schal m -s scarf; Pullover m - sweater; Rock m/es "e skirt;
        Mütze f -n cap; Anzug m/es "e suit; Bademantel m " bathrobe""",
    "furn": """Tisch m/es -e table; Stuhl m/es "e chair; Schrank m/es "e wardrobe;
        Bett n/es -en bed; Sofa n -s sofa; Regal n -e shelf; Sessel m - armchair;
        Schreibtisch m/es -e desk""",
    "dev": """Computer m - computer; Radio n -s radio; Fernseher m - television; Telefon n -e phone;
        Waschmaschine f -n washing machine; Kühlschrank m/es "e refrigerator; Drucker m - printer;
        Staubsauger m - vacuum cleaner; Ofen m " oven""",
    "veh": """Auto n -s car; Fahrrad n/es "er bicycle; Schiff n/es -e ship;
        Flugzeug n/s -e airplane; Taxi n -s taxi; Motorrad n/es "er motorcycle;
        Traktor m -en tractor; Boot n/es -e boat; Lastwagen m - truck""",
    "line": """Zug m/es "e train; Bus m/ses -se bus; Straßenbahn f -en tram; Fähre f -n ferry""",
    "bldg": """Haus n/es "er house; Kirche f -n church; Brücke f -n bridge; Turm m/es "e tower;
        Schloss n/es "er castle; Rathaus n/es "er town hall; Krankenhaus n/es "er hospital;
        Fabrik f -en factory; Museum n =Museen museum; Hotel n -s hotel; Theater n - theater;
        Bibliothek f -en library; Bahnhofshalle f -n station hall; Turnhalle f -n gym""",
    "room": """Küche f -n kitchen; Wohnzimmer n - living room; Schlafzimmer n - bedroom;
        Badezimmer n - bathroom; Keller m - basement; Büro n -s office; Garage f -n garage;
        Klassenzimmer n - classroom""",
    "abstr": """Plan m/es "e plan; Frage f -n question; Idee f -n idea; Problem n -e problem;
        Antwort f -en answer; Fehler m - mistake; Regel f -n rule; Entscheidung f -en decision;
        Vorschlag m/es "e suggestion; Aufgabe f -n task""",
    "event": """Konzert n/es -e concert; Reise f -n trip; Prüfung f -en exam;
        Ausstellung f -en exhibition; Hochzeit f -en wedding; Spiel n/es -e game; Feier f -n party;
        Besprechung f -en meeting; Ausflug m/es "e excursion; Vorlesung f -en lecture;
        Geburtstagsfeier f -n birthday party""",
    "film": """Film m/es -e movie; Theaterstück n/es -e play; Lied n/es -er song""",
    "instr": """Klavier n -e piano; Geige f -n violin; Gitarre f -n guitar; Trompete f -n trumpet;
        Flöte f -n flute""",
    "plant": """Baum m/es "e tree; Blume f -n flower; Rose f -n rose; Pflanze f -n plant""",
    "part": """Tür f -en door; Fenster n - window; Tor n/es -e gate; Haustür f -en front door""",
    "fact": """Regen m 0 rain; Schnee m 0 snow; Hitze f 0 heat; Kälte f 0 cold; Lärm m 0 noise;
        Nebel m 0 fog""",
    "bill": """Rechnung f -en bill""",
    "other": """Dach n/es "er roof; Insel f -n island;
        Dorf n/es "er village; Berg m/es -e mountain;
        Stadt f "e city; Fluss m/es "e river""",
}
# Compounds: every modifier (with its linking element) before every head.
COMPOUNDS = [
    ("part", "tür f -en door; fenster n - window",
     "Küchen=kitchen Keller=basement Büro=office Hotel=hotel Schul=school Kirchen=church "
     "Garagen=garage Museums=museum Wohnungs=apartment Badezimmer=bathroom"),
    ("part", "tor n/es -e gate",
     "Garten=garden Schul=school Schloss=castle Fabrik=factory Stadt=city"),
    ("thing", "schlüssel m - key",
     "Auto=car Keller=basement Hotel=hotel Garagen=garage Büro=office Wohnungs=apartment "
     "Fahrrad=bicycle"),
    ("thing", "uhr f -en clock", "Küchen=kitchen Bahnhofs=station Schul=school Büro=office"),
    ("thing", "lampe f -n lamp", "Küchen=kitchen Garten=garden Schreibtisch=desk"),
    ("bill", "rechnung f -en bill", "Strom=electricity Telefon=phone Hotel=hotel"),
    ("cloth", 'mantel m " coat; jacke f -n jacket; mütze f -n cap',
     "Winter=winter Sommer=summer Leder=leather Woll=wool"),
    ("furn", 'tisch m/es -e table; stuhl m/es "e chair',
     "Küchen=kitchen Garten=garden Holz=wooden"),
]
# Places: preposition where, preposition and case whither, English of both, nouns (@: as above).
PLACES = [
    ("in", "in", "A", "in", "into",
     '@Küche Wohnzimmer Keller Büro Garage Klassenzimmer; Garten m " garden; Wald m/es "er forest'),
    ("in", "in", "A", "in", "to", """Park m -s park; Stadt f "e city; Dorf n/es "er village;
        Zoo m -s zoo; Museum n =Museen museum; Theater n - theater; Restaurant n -s restaurant;
        Café n -s café; Schule f -n school; Kirche f -n church; Bibliothek f -en library;
        Hotel n -s hotel; Supermarkt m/es "e supermarket; Bäckerei f -en bakery;
        Apotheke f -n pharmacy"""),
    ("auf", "auf", "A", "at", "to", 'Markt m/es "e market; Spielplatz m/es "e playground'),
    ("auf", "auf", "A", "on", "onto",
     'Balkon m -e balcony; Straße f -n street; Dach n/es "er roof'),
    ("an", "zu", "D", "at", "to", """Bahnhof m "e train station; Fluss m/es "e river; See m -n lake;
        Hafen m " harbor; Flughafen m " airport; Strand m/es "e beach"""),
]
# Adjectives: `german english classes [comparison [comparative superlative]]`. classes: the LETTERs
# of the nouns it goes with; comparison is English: er or more (none: it is not compared);
# the German forms are given where they are irregular (- is regular).
ADJECTIVES = """alt old PATRCUEVBLO er älter ältest; neu new TRCUEVSIO er;
    klein small ATUEVBLMOW er; groß big ATUEVBLMOW er größer größt; jung young PA er jünger jüngst;
    schön beautiful ATCUVBLMOW more; teuer expensive TCUEVI more teurer teuerst;
    billig cheap TCUEVI er; schnell fast AV er; langsam slow AVE er; freundlich friendly PA er;
    nett nice P er; klug smart PA er klüger klügst; fleißig hardworking P more; faul lazy PA er;
    berühmt famous PB more; stark strong PAD er stärker stärkst; mutig brave PA er;
    höflich polite P more; ruhig quiet PLM er; laut loud EI er; lustig funny PAR er;
    interessant interesting RSN more; langweilig boring RN more;
    spannend exciting RN more - spannendst; wichtig important RSN more; schwierig difficult S more;
    einfach simple S er; lang long RNC er länger längst; kurz short RNC er kürzer kürzest;
    schwer heavy TUE er; leicht light TC er; gut good RSNFHKDP er besser best; rot red TCUVOW;
    blau blue TCUVO; grün green TCUVO; gelb yellow TCUVOW; schwarz black TCUVO; weiß white TCUVOA;
    braun brown TCUA; grau gray TCUVA; heiß hot HD er; kalt cold HD er kälter kältest;
    warm warm DHC er wärmer wärmst; frisch fresh FGK er; süß sweet FD er; lecker delicious FHK more;
    sauber clean TCM er; schmutzig dirty TCVA er; kaputt broken TUEVI; modern modern UEVBM more;
    gemütlich cozy MU er; seltsam strange PARSTN er; nützlich useful TES more;
    praktisch practical TE more; elegant elegant CU more; bequem comfortable UC more;
    hungrig hungry PA er; müde tired PA; neugierig curious PA more; traurig sad PR er;
    glücklich happy P er; nervös nervous P more; geduldig patient P more; ehrlich honest P more;
    wütend angry PA; dunkel dark LMC er dunkler dunkelst; hell bright M er;
    gefährlich dangerous A more; wertvoll valuable TRI more; hoch high - er höher höchst;
    schlecht bad -; dick thick R er; breit wide - er; stolz proud P"""
LETTER = dict(pers="P", kin="P", anim="A", food="F", cake="F", dish="H", veg="G", eat="K",
              drink="D", read="R", thing="T", cloth="C", furn="U", dev="E", veh="V", line="V",
              bldg="B", room="M", place="L", abstr="S", event="N", film="N", instr="I", part="O",
              plant="W", fact="X", bill="X", other="X", book="R")
AGELESS = (
    "Junge", "Mädchen", "Kind", "Schüler", "Schülerin", "Sohn", "Tochter", "Neffe", "Nichte",
    "Großvater", "Großmutter", "Vater", "Mutter")  # neither "old" nor "young" goes with these

# Verbs: `infinitive[,3sg,preterite,participle] | english | subject | frame | flags`.
# `ein|kaufen` is separable, a leading `sich` reflexive, `+` before the participle takes sein.
# Frame: A= accusative, D= dative, `prep/case/english=` prepositional, DIR, LOC or - (none).
# Flags: g dynamic (progressive, imperative, modal), l takes a place, m a manner, w passive,
# t dative as "to ..." in English, b takes a beneficiary (für ...).
VERBS = """
kaufen | buy bought | p | A=goods | glwb
verkaufen | sell sold | p | A=goods | gw
suchen | look_for | p | A=thing cloth book anim | gl
finden,findet,fand,gefunden | find found | p | A=thing cloth book | lw
verlieren,verliert,verlor,verloren | lose lost | p | A=thing cloth | l
sehen,sieht,sah,gesehen | see saw seen | p | A=pers anim veh bldg | l
hören | hear heard | p | A=pers anim | l
kennen,kennt,kannte,gekannt | know knew known | p | A=pers bldg | -
lesen,liest,las,gelesen | read read | p | A=book read | glm
schreiben,schreibt,schrieb,geschrieben | write wrote written | p | A=read | glmwb
öffnen | open | p | A=part | gmw
schließen,schließt,schloss,geschlossen | close | p | A=part | gmw
essen,isst,aß,gegessen | eat ate eaten | pa | A=food cake dish veg eat | gl
trinken,trinkt,trank,getrunken | drink drank drunk | p | A=drink | gl
kochen | cook | p | A=dish | glmb
backen,backt,backte,gebacken | bake | p | A=cake | glmb
bringen,bringt,brachte,gebracht | bring brought | p | D=pers A=thing food book | gw
bauen | build built | p | A=bldg furn | glmw
reparieren | repair | p | A=veh dev furn | glmwb
malen | paint | p | A=anim bldg | glm
fotografieren | photograph | p | A=anim bldg plant | gl
besuchen | visit | p | A=pers bldg | g
treffen,trifft,traf,getroffen | meet met | p | A=pers | l
lieben | love | p | A=anim cake | -
verstehen,versteht,verstand,verstanden | understand understood | p | A=abstr film read | -
vergessen,vergisst,vergaß,vergessen | forget forgot forgotten | p | A=thing abstr cloth | l
erklären | explain | p | D=pers A=abstr | gmt
bezahlen | pay paid | p | A=bill | gw
brauchen | need | p | A=thing cloth dev furn | -
benutzen | use | p | A=dev thing | gl
putzen | clean | p | A=part room furn | gmw
waschen,wäscht,wusch,gewaschen | wash | p | A=cloth veh anim | glmw
spielen | play | p | A=instr | glm
lösen | solve | p | A=task | gmw
planen | plan | p | A=event | gmw
organisieren | organize | p | A=event | gwb
übersetzen,übersetzt,übersetzte,übersetzt | translate | p | A=book read | gmw
beobachten | watch | pa | A=anim veh | gl
gießen,gießt,goss,gegossen | water | p | A=plant | gl
pflanzen | plant | p | A=plant | glw
füttern | feed fed | p | A=anim | gl
fangen,fängt,fing,gefangen | catch caught | pa | A=anim | gl
retten | rescue | p | A=anim pers | w
verstecken | hide hid hidden | p | A=thing food book | glmw
mieten | rent | p | A=veh bldg | gw
zeichnen | draw drew drawn | p | A=bldg anim | glm
ein|packen | pack | p | A=thing cloth | gm
verpassen | miss | p | A=line | -
nehmen,nimmt,nahm,genommen | take took taken | p | A=line | g
bewundern | admire | p | A=bldg pers veh | -
beschreiben,beschreibt,beschrieb,beschrieben | describe | p | A=bldg pers abstr | gw
tragen,trägt,trug,getragen | wear wore worn | p | A=cloth | l
probieren | try | p | A=food cake dish | gl
an|rufen,ruft,rief,angerufen | call | p | A=pers | g
ein|laden,lädt,lud,eingeladen | invite | p | A=pers | w
ab|holen | pick_up | p | A=pers thing | gl
mit|bringen,bringt,brachte,mitgebracht | bring_along brought brought | p | A=thing cake food | -
auf|machen | open | p | A=part | gm
zu|machen | close | p | A=part | gm
an|ziehen,zieht,zog,angezogen | put_on put put | p | A=cloth | gm
aus|ziehen,zieht,zog,ausgezogen | take_off took taken | p | A=outer | gm
ein|schalten | turn_on | p | A=dev | gm
aus|schalten | turn_off | p | A=dev | gm
auf|räumen | clean_up | p | A=room | gmw
weg|werfen,wirft,warf,weggeworfen | throw_away threw thrown | p | A=thing book | g
vor|bereiten,bereitet,bereitete,vorbereitet | prepare | p | A=event | gmw
ab|schließen,schließt,schloss,abgeschlossen | lock | p | A=part | gmw
zurück|bringen,bringt,brachte,zurückgebracht | return | p | A=thing book | gw
schlafen,schläft,schlief,geschlafen | sleep slept | pa | - | gl
arbeiten | work | p | - | glm
lachen | laugh | p | - | g
weinen | cry | p | - | gl
tanzen | dance | p | - | gl
singen,singt,sang,gesungen | sing sang sung | p | - | glm
schreiben,schreibt,schrieb,geschrieben | write wrote written | p | A=play | gw
warten | wait | pa | - | gl
schwimmen,schwimmt,schwamm,+geschwommen | swim swam swum | pa | - | gm
laufen,läuft,lief,+gelaufen | run ran run | pa | DIR | gm
wandern,wandert,wanderte,+gewandert | hike | p | through | g
gehen,geht,ging,+gegangen | go went gone | p | DIR | g
fahren,fährt,fuhr,+gefahren | go went gone | p | DIRv | g
fliegen,fliegt,flog,+geflogen | fly flew flown | p | DIRc | g
reisen,reist,reiste,+gereist | travel | p | DIRc | g
bleiben,bleibt,blieb,+geblieben | stay | pa | LOC | g
sitzen,sitzt,saß,gesessen | sit sat | pa | LOC | g
wohnen | live | p | LOCw | -
auf|stehen,steht,stand,+aufgestanden | get_up got gotten | p | - | gm
ein|kaufen | go_shopping went gone | p | - | g
ein|schlafen,schläft,schlief,+eingeschlafen | fall_asleep fell fallen | pa | - | l
auf|wachen,wacht,wachte,+aufgewacht | wake_up woke woken | pa | - | l
zurück|kommen,kommt,kam,+zurückgekommen | come_back came come | pa | - | -
aus|gehen,geht,ging,+ausgegangen | go_out went gone | p | - | g
weg|laufen,läuft,lief,+weggelaufen | run_away ran run | pa | - | g
fern|sehen,sieht,sah,ferngesehen | watch_television watched watched | p | - | g
um|ziehen,zieht,zog,+umgezogen | move | p | DIRc | -
an|kommen,kommt,kam,+angekommen | arrive | pl | ARR | -
ab|fahren,fährt,fuhr,+abgefahren | depart | l | - | -
an|halten,hält,hielt,angehalten | stop | vl | ARR | -
statt|finden,findet,fand,stattgefunden | take_place took taken | e | LOCe | -
an|fangen,fängt,fing,angefangen | begin began begun | e | - | -
auf|hören | end | e | - | -
helfen,hilft,half,geholfen | help | p | D=pers | gl
danken | thank | p | D=pers | -
folgen,folgt,folgte,+gefolgt | follow | pa | D=anim | g
antworten | answer | p | D=pers | m
gratulieren | congratulate | p | D=pers | -
zu|hören | listen_to | p | D=pers | g
geben,gibt,gab,gegeben | give gave given | p | D=pers A=thing food book | g
zeigen | show showed shown | p | D=pers A=thing bldg book veh | g
schicken | send sent | p | D=pers A=book read thing | g
leihen,leiht,lieh,geliehen | lend lent | p | D=pers A=thing veh book | g
empfehlen,empfiehlt,empfahl,empfohlen | recommend | p | D=pers A=book read dish | gt
verkaufen | sell sold | p | D=pers A=veh furn instr | g
vor|lesen,liest,las,vorgelesen | read read | p | D=pers A=book read | gt
warten | wait | pa | auf/A/for=pers line | gl
denken,denkt,dachte,gedacht | think thought | p | an/A/of=pers event | -
sprechen,spricht,sprach,gesprochen | talk | p | mit/D/to=pers | glm
reden | talk | p | über/A/about=abstr event film pers | gl
lachen | laugh | p | über/A/at=pers abstr | g
träumen | dream | pa | von/D/of=anim food event | g
fragen | ask | p | nach/D/about=pers event | g
teil|nehmen,nimmt,nahm,teilgenommen | take_part took taken | p | an/D/in=event | g
spielen | play | pa | mit/D/with=anim | gl
sich freuen | look_forward | p | auf/A/to=event film | -
sich erinnern,erinnert,erinnerte,erinnert | remember | p | an/A/=pers event | -
sich interessieren | be_interested | p | für/A/in=abstr bldg book read | -
sich kümmern | take_care took taken | p | um/A/of=anim pers | g
sich ärgern | be_annoyed | p | über/A/about=abstr anim pers | -
sich aus|ruhen | rest | pa | - | gl
sich beeilen | hurry | p | - | g
sich verlaufen,verläuft,verlief,verlaufen | get_lost got gotten | p | - | l
stellen | put put | p | A=stand PUT | g
legen | put put | p | A=lie PUT | g
stehen,steht,stand,gestanden | stand stood | s | ON | -
liegen,liegt,lag,gelegen | lie lay lain | f | ON | -
"""
GOODS = "thing cloth furn dev veh book instr food cake"
STAND = "Lampe Flasche Tasse Eimer Korb Koffer Kerze Geschenk"
OUTER = "Mantel Jacke Schal Hut Mütze Pullover Wintermantel Winterjacke Wollmütze Lederjacke"
LIE = "Schlüssel Buch Zeitung Brief Decke Handtuch Ball Ring Messer Wörterbuch Geldbörse"

# Whom one can have, and what one does in company.
OWNED = """Freund Freundin Nachbar Nachbarin Kollege Kollegin Chef Chefin Lehrer Lehrerin Gast
    Ärztin Gärtner Anwältin Mechaniker""".split()
TOGETHER = "arbeiten tanzen singen einkaufen fernsehen schwimmen lachen".split()
SURNAMES = "Müller Schmidt Wagner Becker Hoffmann Koch Richter Klein Neumann Zimmermann".split()
FEMALE = "Anna Maria Julia Laura Sophie Emma Lena Eva Clara Lisa Nina Martha".split()
MALE = "Peter Paul Stefan David Karl Martin Leon Emil Otto Anton Jan Michael".split()
CITIES = """Berlin Hamburg Bremen Leipzig Dresden Frankfurt Salzburg Basel Paris London Madrid
    Stuttgart München=Munich Köln=Cologne Wien=Vienna Zürich=Zurich Nürnberg=Nuremberg Genf=Geneva
    Rom=Rome Prag=Prague Warschau=Warsaw Mailand=Milan Venedig=Venice Lissabon=Lisbon
    Brüssel=Brussels Kopenhagen=Copenhagen Italien=Italy Frankreich=France Spanien=Spain
    Polen=Poland Griechenland=Greece Österreich=Austria Norwegen=Norway
    Deutschland=Germany""".split()
MONTHS_DE = "Januar Februar März April Mai Juni Juli August September Oktober November Dezember"
MONTHS_EN = "January February March April May June July August September October November December"
MONTHS = list(zip(MONTHS_DE.split(), MONTHS_EN.split()))
DAYS_DE = "Montag Dienstag Mittwoch Donnerstag Freitag Samstag Sonntag"
DAYS_EN = "Monday Tuesday Wednesday Thursday Friday Saturday Sunday"
DAYS = list(zip(DAYS_DE.split(), DAYS_EN.split()))
DAY_PARTS = [("morgen", "morning"), ("nachmittag", "afternoon"), ("abend", "evening")]
UNITS_DE = "null eins zwei drei vier fünf sechs sieben acht neun zehn elf zwölf".split()
UNITS_EN = "zero one two three four five six seven eight nine ten eleven twelve".split()
TENS_DE = "zwanzig dreißig vierzig fünfzig sechzig siebzig achtzig neunzig".split()
TENS_EN = "twenty thirty forty fifty sixty seventy eighty ninety".split()
MANNERS = [("schnell", "quickly"), ("langsam", "slowly"), ("vorsichtig", "carefully"),
           ("leise", "quietly"), ("allein", "alone"), ("heimlich", "secretly"),
           ("sofort", "immediately"), ("ohne Hilfe", "without help"),
           ("mit großer Freude", "with great pleasure"), ("mit einem Lächeln", "with a smile")]
FREQUENCIES = [("oft", "often"), ("immer", "always"), ("manchmal", "sometimes"),
               ("selten", "rarely"), ("nie", "never"), ("meistens", "usually")]
FRONT_ADVERBS = [("leider", "unfortunately,"), ("vielleicht", "maybe"), ("natürlich", "of course,"),
                 ("zum Glück", "luckily,"), ("plötzlich", "suddenly,"),
                 ("trotzdem", "nevertheless,")]  # the last two: past
# Modals: infinitive, German singular and preterite, English present, third person, past.
MODALS = [("können", "kann", "konnte"), ("müssen", "muss", "musste"), ("wollen", "will", "wollte"),
          ("sollen", "soll", ""), ("dürfen", "darf", "durfte"), ("möchten", "möchte", "")]
# Pronouns: nominative accusative dative reflexive, English subject object possessive, German
# possessive stem, person and number of the German verb.
PRONOUNS = {
    "ich": "ich mich mir mich I me my mein 1s",
    "du": "du dich dir dich you you your dein 2s",
    "er": "er ihn ihm sich he him his sein 3s",
    "sie": "sie sie ihr sich she her her ihr 3s",
    "es": "es es ihm sich it it its sein 3s",
    "wir": "wir uns uns uns we us our unser 1p",
    "ihr": "ihr euch euch euch you you your euer 2p",
    "pl": "sie sie ihnen sich they them their ihr 3p",
    "Sie": "Sie Sie Ihnen sich you you your Ihr 3p",
}
PRONOUNS = {key: value.split() for key, value in PRONOUNS.items()}
