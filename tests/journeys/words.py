"""What the pages say to a reader, in both languages: written out here, so that a changed word is seen."""

from typing import Final

RO, EN = "ro", "en"

#: name -> (Romanian, English)
WORDS: Final = {
    # signing in
    "sign in": ("Intrați în cont", "Sign in"),
    # the first access
    "activate your account": ("Activați contul", "Activate your account"),
    "send me the link": ("Trimiteți-mi linkul", "Send me the link"),
    "look in your mail": ("Uitați-vă în e-mail", "Look in your e-mail"),
    "activate": ("Activez contul", "Activate the account"),
    "account active": ("Contul este activ", "The account is active"),
    "link spent": ("Legătura nu mai este bună", "This link no longer works"),
    "sign in and add a passkey": ("Intrați și adăugați o cheie de acces", "Sign in and add a passkey"),
    "add the key": ("Adăugați cheia", "Add the key"),
    # the list
    "offer": ("Discipline oferite spre contractare", "Disciplines offered for contracting"),
    "validate": ("Validați lista", "Validate the list"),
    "recalculate": ("Recalculați", "Recalculate"),
    "check": ("Verificați și validați lista", "Check and validate the list"),
    "change the list": ("Modificați lista", "Change the list"),
    "validated": ("Lista a fost validată.", "The list was validated."),
    "no longer open": (
        "Lista nu mai este deschisă; nu s-a schimbat nimic. Așa se află acum.",
        "The list is no longer open; nothing was changed. This is how it stands.",
    ),
    "too late": ("Etapa de alegere s-a încheiat", "The stage of choosing is over"),
    "changed offer": (
        "Oferta dumneavoastră s-a schimbat după ce ați deschis pagina.",
        "Your offer has changed since you opened the page.",
    ),
    "settled": ("Anul este contractat", "The year is contracted"),
    "send answer": ("Trimiteți răspunsul", "Send the answer"),
    "answered": ("Răspunsul a fost trimis.", "Your answer was sent."),
    "ask for a change": ("Cereți o modificare", "Ask for a change"),
    "send request": ("Trimiteți cererea", "Send the request"),
    "request sent": ("Cererea a fost trimisă secretariatului.", "Your request was sent to the secretariat."),
    "problem": ("Există o problemă", "There is a problem"),
    # documents
    "documents": ("Documente", "Documents"),
    "to sign": ("Anexa este gata de semnat", "The annex is ready to sign"),
    "upload": ("Încărcați documentul semnat", "Upload the signed document"),
    "send": ("Trimiteți documentul semnat", "Send the signed document"),
    "returned": ("Secretariatul a returnat fișierul", "The secretariat returned the file"),
    "upload closed": ("Documentul nu se poate încărca acum", "The document cannot be uploaded now"),
    "already here": (
        "Acest fișier este deja la noi; nimic nu s-a trimis de două ori.",
        "This file is already here; nothing was sent twice.",
    ),
    "valid": ("Documentul este valid", "The document is valid"),
    "replaced": (
        "Documentul a fost înlocuit de o versiune mai nouă",
        "The document was replaced by a newer version",
    ),
    # money
    "payments closed": (
        "Plățile apar aici după ce încărcați documentele semnate.",
        "Payments appear here after you upload the signed documents.",
    ),
    "declined": (
        "Banca nu a acceptat plata. Nu s-a reținut nicio sumă.",
        "The bank declined the payment. No money was taken.",
    ),
    "payments": ("Plăți", "Payments"),
    "pay by card": ("Plata cu cardul", "Pay by card"),
    "receipt": ("Chitanță", "Receipt"),
    "registered": ("Plata a fost înregistrată.", "The payment was registered."),
    "paid": ("Toate sumele din anexă sunt plătite", "All the sums of the annex are paid"),
    "history": ("Etape și istoric", "Stages and history"),
    # catalogues
    "save results": ("Salvează rezultatele", "Save the results"),
    "sign catalogue": ("Semnez catalogul", "I sign the catalogue"),
    "publish results": ("Publică rezultatele", "Publish the results"),
    "catalogue published": ("Catalogul este publicat.", "The catalogue is published."),
    "catalogue signed": ("Ați semnat catalogul.", "You have signed the catalogue."),
}


#: Why a file is not kept: ux.md §5, word for word.
REFUSALS: Final = {
    "none": ("Alegeți un fișier cu documentul semnat", "Select a file with the signed document"),
    "type": ("Fișierul trebuie să fie PDF, JPG sau PNG", "The file must be a PDF, JPG or PNG"),
    "size": (
        "Fișierul trebuie să aibă cel mult 5 MB; are 5,1 MB",
        "The file must be 5 MB or smaller; it is 5.1 MB",
    ),
    "empty": ("Fișierul este gol", "The file is empty"),
    "password": (
        "Fișierul are parolă. Salvați o copie fără parolă",
        "The file has a password. Save a copy without one",
    ),
    "unreadable": (
        "Fișierul nu poate fi deschis. Scanați din nou",
        "The file cannot be opened. Scan it again",
    ),
    "script": (
        "Fișierul conține scripturi sau atașamente. Salvați o copie fără ele sau scanați din nou",
        "The file contains scripts or attachments. Save a copy without them, or scan it again",
    ),
    "bomb": (
        "Fișierul are prea multe pagini sau imagini prea mari. Scanați din nou la 300 dpi",
        "The file has too many pages or pictures that are too large. Scan it again at 300 dpi",
    ),
}


def said(name: str, language: str) -> str:
    """What a page says in a language."""
    romanian, english = WORDS[name]
    return english if language == EN else romanian
