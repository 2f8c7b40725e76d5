"""The words of every language: each kind is found in a title or a sentence of it, and ordinary ones are none."""

import pytest

from cockpit.runbook.parse import parse
from cockpit.runbook.reading.titles import family_of, is_about, says_rollback
from cockpit.runbook.reading.vocabulary import (
    Kind,
    languages,
    languages_of,
    pattern,
    phrases,
    start_pattern,
)

TITLES: dict[str, dict[Kind, str]] = {
    "de": {
        "rollback": "Zurückrollen der Version",
        "verify": "Überprüfung",
        "prepare": "Voraussetzungen",
        "trouble": "Fehlerbehebung",
        "optional": "Zwischenspeicher füllen (optional)",
        "once": "Einmalige Einrichtung",
        "example": "Beispiel",
        "forward": "Auslieferung",
        "reference": "Nützliche Befehle",
    },
    "en": {
        "rollback": "Rolling back",
        "verify": "Verify the deploy",
        "prepare": "Prerequisites",
        "trouble": "Troubleshooting",
        "optional": "Warm the cache (optional)",
        "once": "One-time setup",
        "example": "Example",
        "forward": "Deployment",
        "reference": "Useful commands",
    },
    "es": {
        "rollback": "Reversión",
        "verify": "Verificación",
        "prepare": "Requisitos previos",
        "trouble": "Solución de problemas",
        "optional": "Calentar la caché (opcional)",
        "once": "Configuración inicial",
        "example": "Ejemplo",
        "forward": "Despliegue",
        "reference": "Comandos útiles",
    },
    "fr": {
        "rollback": "Retour arrière",
        "verify": "Vérification",
        "prepare": "Prérequis",
        "trouble": "Dépannage",
        "optional": "Préchauffer le cache (facultatif)",
        "once": "Configuration initiale",
        "example": "Exemple",
        "forward": "Mise en production",
        "reference": "Commandes utiles",
    },
    "it": {
        "rollback": "Tornare alla versione precedente",
        "verify": "Verifica",
        "prepare": "Prerequisiti",
        "trouble": "Risoluzione dei problemi",
        "optional": "Riscaldare la cache (facoltativo)",
        "once": "Configurazione iniziale",
        "example": "Esempio",
        "forward": "Rilascio",
        "reference": "Comandi utili",
    },
    "ja": {
        "rollback": "切り戻し手順",
        "verify": "動作確認",
        "prepare": "前提条件",
        "trouble": "トラブルシューティング",
        "optional": "キャッシュの準備（任意）",
        "once": "初期設定",
        "example": "サンプル",
        "forward": "デプロイ手順",
        "reference": "便利なコマンド",
    },
    "ko": {
        "rollback": "롤백 절차",
        "verify": "배포 검증",
        "prepare": "사전 준비",
        "trouble": "문제 해결",
        "optional": "캐시 준비 (선택 사항)",
        "once": "초기 설정",
        "example": "예시",
        "forward": "배포 절차",
        "reference": "유용한 명령",
    },
    "nl": {
        "rollback": "Terugdraaien",
        "verify": "Controle",
        "prepare": "Vereisten",
        "trouble": "Probleemoplossing",
        "optional": "Cache vullen (optioneel)",
        "once": "Eenmalige installatie",
        "example": "Voorbeeld",
        "forward": "Uitrollen",
        "reference": "Handige commando's",
    },
    "pl": {
        "rollback": "Wycofanie zmian",
        "verify": "Weryfikacja",
        "prepare": "Wymagania",
        "trouble": "Rozwiązywanie problemów",
        "optional": "Rozgrzanie pamięci (opcjonalne)",
        "once": "Jednorazowa konfiguracja",
        "example": "Przykład",
        "forward": "Wdrożenie",
        "reference": "Przydatne polecenia",
    },
    "pt": {
        "rollback": "Reversão",
        "verify": "Verificação",
        "prepare": "Pré-requisitos",
        "trouble": "Solução de problemas",
        "optional": "Aquecer o cache (opcional)",
        "once": "Configuração inicial",
        "example": "Exemplo",
        "forward": "Implantação",
        "reference": "Comandos úteis",
    },
    "ru": {
        "rollback": "Откат",
        "verify": "Проверка",
        "prepare": "Подготовка",
        "trouble": "Устранение неполадок",
        "optional": "Прогрев кэша (необязательно)",
        "once": "Первоначальная настройка",
        "example": "Пример",
        "forward": "Развёртывание",
        "reference": "Полезные команды",
    },
    "sv": {
        "rollback": "Återgång till föregående version",
        "verify": "Kontroll",
        "prepare": "Förberedelser",
        "trouble": "Felsökning",
        "optional": "Värm cachen (valfritt)",
        "once": "Första installationen",
        "example": "Exempel",
        "forward": "Driftsättning",
        "reference": "Användbara kommandon",
    },
    "tr": {
        "rollback": "Geri alma",
        "verify": "Doğrulama",
        "prepare": "Ön koşullar",
        "trouble": "Sorun giderme",
        "optional": "Önbelleği ısıtma (isteğe bağlı)",
        "once": "İlk kurulum",
        "example": "Örnek",
        "forward": "Dağıtım",
        "reference": "Yararlı komutlar",
    },
    "zh": {
        "rollback": "回滚步骤",
        "verify": "部署验证",
        "prepare": "前置条件",
        "trouble": "故障排查",
        "optional": "预热缓存（可选）",
        "once": "首次初始化",
        "example": "示例",
        "forward": "部署流程",
        "reference": "常用命令",
    },
}
SENTENCES: dict[str, dict[Kind, str]] = {
    "de": {
        "expected": "Die erwartete Ausgabe:",
        "condition": "Falls die Seite leer bleibt:",
        "only_once": "Nur einmal nötig:",
        "alternatively": "Alternativ von Hand:",
        "skip": "Dieser Schritt kann übersprungen werden.",
    },
    "en": {
        "expected": "The output should look like this:",
        "condition": "If the page stays empty:",
        "only_once": "Generate once and store it:",
        "alternatively": "Or by hand:",
        "skip": "You can skip this step.",
    },
    "es": {
        "expected": "La salida esperada:",
        "condition": "Si la página queda vacía:",
        "only_once": "Solo una vez:",
        "alternatively": "O bien a mano:",
        "skip": "Se puede saltar este paso.",
    },
    "fr": {
        "expected": "Le résultat attendu :",
        "condition": "Si la page reste vide :",
        "only_once": "Une seule fois :",
        "alternatively": "Ou bien à la main :",
        "skip": "Vous pouvez ignorer cette étape.",
    },
    "it": {
        "expected": "L'output atteso:",
        "condition": "Se la pagina resta vuota:",
        "only_once": "Solo una volta:",
        "alternatively": "Oppure a mano:",
        "skip": "Questo passo si può saltare.",
    },
    "ja": {
        "expected": "次のように表示されます。",
        "condition": "もし失敗したら",
        "only_once": "初回のみ実行します。",
        "alternatively": "または手動で:",
        "skip": "この手順はスキップできます。",
    },
    "ko": {
        "expected": "다음과 같은 출력이 나옵니다:",
        "condition": "만약 실패하면:",
        "only_once": "한 번만 실행합니다:",
        "alternatively": "또는 수동으로:",
        "skip": "이 단계는 건너뛰어도 됩니다.",
    },
    "nl": {
        "expected": "De verwachte uitvoer:",
        "condition": "Als de pagina leeg blijft:",
        "only_once": "Slechts één keer:",
        "alternatively": "Of met de hand:",
        "skip": "Deze stap kan worden overgeslagen.",
    },
    "pl": {
        "expected": "Oczekiwany wynik:",
        "condition": "Jeśli strona jest pusta:",
        "only_once": "Tylko raz:",
        "alternatively": "Lub ręcznie:",
        "skip": "Ten krok można pominąć.",
    },
    "pt": {
        "expected": "A saída esperada:",
        "condition": "Se a página ficar vazia:",
        "only_once": "Apenas uma vez:",
        "alternatively": "Ou à mão:",
        "skip": "Você pode pular esta etapa.",
    },
    "ru": {
        "expected": "Ожидаемый вывод:",
        "condition": "Если страница пуста:",
        "only_once": "Только один раз:",
        "alternatively": "Или вручную:",
        "skip": "Этот шаг можно пропустить.",
    },
    "sv": {
        "expected": "Förväntad utdata:",
        "condition": "Om sidan är tom:",
        "only_once": "Bara en gång:",
        "alternatively": "Eller för hand:",
        "skip": "Steget kan hoppas över.",
    },
    "tr": {
        "expected": "Beklenen çıktı:",
        "condition": "Eğer sayfa boşsa:",
        "only_once": "Yalnızca bir kez:",
        "alternatively": "Veya elle:",
        "skip": "Bu adım atlanabilir.",
    },
    "zh": {
        "expected": "输出如下：",
        "condition": "如果页面为空：",
        "only_once": "只需一次：",
        "alternatively": "或者手动：",
        "skip": "可跳过此步骤。",
    },
}
FAMILIES = {
    "de": "Variante 2: von Hand",
    "en": "Option B: by hand",
    "es": "Opción 2: a mano",
    "fr": "Méthode 2 : à la main",
    "it": "Opzione 2: a mano",
    "ja": "方法 2：手動",
    "ko": "방법 2: 수동",
    "nl": "Optie 2: met de hand",
    "pl": "Opcja 2: ręcznie",
    "pt": "Opção 2: à mão",
    "ru": "Вариант 2: вручную",
    "sv": "Alternativ 2: för hand",
    "tr": "Seçenek 2: elle",
    "zh": "方案二：手动",
}
TEXTS = {
    "de": "Der Betrieb wird nicht unterbrochen, und die Seite ist mit der neuen Version eine Stunde auf dem Schirm.",
    "en": "The site is up with the new version, and you look at the graphs for an hour.",
    "es": "El sitio queda en pie con la nueva versión y hay que mirar los gráficos de la tarde en la pantalla.",
    "fr": "Le site reste en ligne avec la nouvelle version, et vous regardez les courbes pour une heure dans la salle.",
    "it": "Il sito resta in piedi con la nuova versione e si guardano i grafici per una ora che non è lunga.",
    "ja": "新しいバージョンをサーバーに送り、グラフを確認する。",
    "ko": "새 버전을 서버에 보내고 그래프를 확인한다.",
    "nl": "De site blijft in de lucht met het nieuwe pakket en het is niet nodig dat je voor een uur wacht.",
    "pl": "Strona działa na nowej wersji i nie jest to koniec, bo w panelu są wykresy, które się zmieniają do rana.",
    "pt": "O site fica no ar com a nova versão e não é preciso esperar uma hora para olhar os gráficos do painel.",
    "ru": "Сайт работает на новой версии, и это видно на графиках.",
    "sv": "Sidan är uppe på den nya versionen och det är bra att titta på graferna för en timme som inte är lång.",
    "tr": "Site yeni bir sürüm ile ayakta ve bu grafik için bir saat her şey olarak izlenir, daha sonra da bakılır.",
    "zh": "将新版本发送到服务器，然后查看图表。",
}


def test_there_are_the_languages_that_were_promised() -> None:
    assert set(languages()) == set(TITLES) == set(SENTENCES) == set(FAMILIES) == set(TEXTS)


@pytest.mark.parametrize("language", languages())
def test_a_language_has_a_phrase_of_every_kind_that_the_reader_asks_for(language: str) -> None:
    kinds = {*TITLES["en"], *SENTENCES["en"], "family", "default", "not_rollback", "file", "after", "teardown"}
    assert [kind for kind in sorted(kinds) if not phrases(language, kind)] == []


@pytest.mark.parametrize(
    ("language", "kind", "title"), [(code, k, t) for code, ks in TITLES.items() for k, t in ks.items()]
)
def test_a_title_is_about_what_it_says(language: str, kind: Kind, title: str) -> None:
    assert is_about(title, kind, (language, "en"))
    assert says_rollback(title, (language, "en")) == (kind == "rollback")


@pytest.mark.parametrize(
    ("language", "kind", "sentence"), [(code, k, s) for code, ks in SENTENCES.items() for k, s in ks.items()]
)
def test_a_sentence_says_what_it_says(language: str, kind: Kind, sentence: str) -> None:
    found = start_pattern if kind in ("condition", "alternatively") else pattern
    regex = found(kind, (language,))
    assert regex.match(sentence) if found is start_pattern else regex.search(sentence)


@pytest.mark.parametrize("language", languages())
def test_titles_with_a_number_are_one_family(language: str) -> None:
    assert family_of(FAMILIES[language], (language, "en")) not in ("", "if")


@pytest.mark.parametrize("language", languages())
def test_a_text_is_in_its_language(language: str) -> None:
    assert languages_of(TEXTS[language])[:1] == (language,)


@pytest.mark.parametrize("language", languages())
def test_a_way_back_of_any_language_is_found_where_nothing_but_titles_are_there(language: str) -> None:
    words = TITLES[language]
    text = f"# Shop\n\n## {words['forward']}\n\n```bash\n./ship new\n```\n\n"
    text += f"## {words['rollback']}\n\n```bash\n./ship old\n```\n"
    assert [one.role for one in parse(text).scripts] == ["step", "rollback"]


@pytest.mark.parametrize(
    "title", ["Deploy", "Return the repo to development mode", "Roll out to everybody", "When to roll back",
              "What a rollback does not bring back", "Rollback triggers", "Update `rollback.sh`"],
)  # fmt: skip
def test_other_titles_are_no_way_back(title: str) -> None:
    assert not says_rollback(title)


def test_a_text_in_an_unknown_language_says_so() -> None:
    text = "## Telepítés\n\n" + "Küldjük fel az új változatot a kiszolgálókra, majd nézzük meg a grafikonokat. " * 4
    told = [problem.code for problem in parse(f"{text}\n\n```bash\n./ship new\n```\n").problems]
    assert told == ["unknown-language"]
