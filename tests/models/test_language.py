import pytest

from monitor.models.language import _told, language


@pytest.mark.parametrize(
    ("text", "lang"),
    [
        ("My parcel never arrived and nobody answers", "en"),
        ("Mi pedido no ha llegado y nadie contesta", "es"),
        ("Mein Paket ist nie angekommen und niemand antwortet", "de"),
        ("Mon colis n'est jamais arrivé et personne ne répond", "fr"),
        ("O meu pedido nunca chegou e ninguém responde", "pt"),
    ],
)
@pytest.mark.parametrize("declared", [None, "it", "en"])
def test_five_languages_are_judged(text: str, lang: str, declared: str | None) -> None:
    """A text is judged if it shows one of the five, whatever its platform declares."""
    assert language(text.split(), declared) == (lang, True)


@pytest.mark.parametrize(
    ("text", "lang"),
    [
        ("Mijn pakket is nooit aangekomen en niemand antwoordt", "nl"),
        ("Il mio pacco non è mai arrivato e nessuno risponde", "it"),
        ("Il treno per Roma è in ritardo e nessuno ci dice niente, una vergogna", "it"),
        ("De trein van vandaag was weer te laat en ik sta nog steeds op het station", "nl"),
        ("Het is weer zover, de app doet het niet en ze reageren nergens op", "nl"),
        ("Jeg har ventet på mit tog i to timer og der er ingen der svarer", "da"),
        ("Jag har väntat på mitt paket i tre veckor och ingen svarar på mejl", "sv"),
        ("Porto tres hores esperant el tren i ningú no ens diu res, és una vergonya", "ca"),
        ("Am așteptat trei ore și nimeni nu a răspuns la telefon, este o rușine", "ro"),
        ("Czekam już trzy tygodnie na paczkę i nikt nie odpowiada na moje pytania", "pl"),
        ("Paketim hiç gelmedi ve kimse cevap vermiyor", "tr"),
        ("Моя посылка так и не пришла, никто не отвечает", "ru"),
        ("我的包裹一直没有到,没有人回复我的邮件", "zh"),
    ],
)
@pytest.mark.parametrize("declared", [None, "en"])
def test_another_language_is_not_judged(text: str, lang: str, declared: str | None) -> None:
    """It is named, and not judged, although the platform declares a language that would be."""
    assert language(text.split(), declared) == (lang, False)


@pytest.mark.parametrize(
    ("declared", "told"),
    [(None, (None, True)), ("en-GB", ("en", True)), ("it", ("it", False)), ("pt", ("pt", True))],
)
def test_of_a_short_text_the_platform_is_believed(
    declared: str | None, told: tuple[str | None, bool]
) -> None:
    """A few letters show nothing; undeclared, they are judged."""
    assert language(["ok", "!"], declared) == told


@pytest.mark.parametrize("text", ["да нет", "好的", "おはよう"])
def test_another_script_is_never_judged(text: str) -> None:
    """However short it is, and whatever is declared."""
    assert not language([text], "en")[1]
    assert not language([text])[1]


@pytest.mark.parametrize("text", ["60 m² ?", "①②③④⑤ Top", "¼ ½ ¾ why", "x² + y² = z²"])
def test_numerals_are_of_no_script(text: str) -> None:
    """Superscripts, fractions and digits in circles do not make a text foreign."""
    assert language(text.split(), "en")[1]


@pytest.mark.parametrize(("text", "judged"), [("the and да нет мы вы", False), ("the good app да нет", True)])
def test_the_script_of_most_letters_counts(text: str, judged: bool) -> None:
    """A text that is mostly of another script is not judged, whatever words of grammar it has."""
    assert language(text.split(), "en")[1] == judged


def test_handles_and_links_are_of_no_language() -> None:
    """The marks in their place count neither as letters nor as English."""
    assert language(["@user", "@user", "http", "ok"], "it") == ("it", False)


@pytest.mark.parametrize(
    ("text", "lang"),
    [
        ("Why is the app not working on the new phone? Have you tried it?", "en"),
        ("Ya van tres horas y nada, los trenes parados desde las ocho", "es"),
        ("Wir stehen noch immer und keine Ansage", "de"),
        ("Vous êtes sérieux avec cette application", "fr"),
        ("Vocês não respondem uma mensagem", "pt"),
    ],
)
def test_words_of_grammar_settle_it(text: str, lang: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two that only one language has are enough: the slower detector is not asked."""
    monkeypatch.setattr("monitor.models.language._detected", pytest.fail)
    assert language(text.split()) == (lang, True)


@pytest.mark.parametrize("text", ["and the", "los the muy you"])
def test_words_of_two_languages_settle_nothing(text: str) -> None:
    """Where they contradict one another, and where hardly a letter of the text is Latin, others decide."""
    asked = f"{text} {'погода' * 9}" if text == "and the" else text
    assert _told(asked.split()) is None or not language(asked.split())[1]
