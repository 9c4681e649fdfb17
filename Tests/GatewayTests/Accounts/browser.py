"""Walks through the account pages in Chromium as a person does: `browser.py ORIGIN FOLDER [SHOTS]`.

FOLDER is where the gate writes its mails. Prints "done" at the end; anything unexpected raises.
"""

import base64
import glob
import hashlib
import hmac
import re
import struct
import sys
import time

from selenium import webdriver
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import WebDriverWait

origin, folder = sys.argv[1:3]
shots = sys.argv[3] if len(sys.argv) > 3 else None
EMAIL, PASSWORD = "ada@example.com", "nine quiet engines"

options = webdriver.ChromeOptions()
for argument in (
    "--headless=new", "--no-sandbox", "--disable-gpu", "--ignore-certificate-errors",
    "--window-size=900,1100", "--disable-dev-shm-usage",
):
    options.add_argument(argument)
options.binary_location = "/usr/bin/chromium"
options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
browser = webdriver.Chrome(options, webdriver.ChromeService("/usr/bin/chromedriver"))
wait = WebDriverWait(browser, 60)


def shown(view):
    wait.until(lambda b: b.find_element(By.ID, view).is_displayed())
    if shots:
        browser.save_screenshot(f"{shots}/{view}.png")


def fill(view, **fields):
    section = browser.find_element(By.ID, view)
    for name, value in fields.items():
        section.find_element(By.NAME, name).send_keys(value)


def press(view, form=0):
    browser.find_element(By.ID, view).find_elements(By.CSS_SELECTOR, "form button")[form].click()


def says(kind, text):
    wait.until(lambda b: text in b.find_element(By.ID, kind).text)


def link(template):
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        for path in sorted(glob.glob(f"{folder}/*{template}.eml")):
            found = re.search(r"/account(#\S+)", open(path, encoding="utf-8").read())
            if found:
                return found.group(1)
        time.sleep(0.1)
    raise TimeoutError(template)


def code(secret, ahead=0):
    key = base64.b32decode(secret.replace(" ", ""))
    counter = struct.pack(">Q", int(time.time()) // 30 + ahead)
    tag = hmac.new(key, counter, hashlib.sha1).digest()
    offset = tag[-1] & 15
    value = struct.unpack(">I", tag[offset:offset + 4])[0] & 0x7FFFFFFF
    return f"{value % 1_000_000:06}"


try:
    # A wrong password is refused in words, and the keyboard is enough.
    browser.get(origin + "/account")
    shown("sign-in")
    assert browser.switch_to.active_element.get_attribute("id") == "si-email"
    browser.switch_to.active_element.send_keys("nobody@example.com", Keys.TAB, "wrong", Keys.ENTER)
    says("error", "do not belong together")

    browser.get(origin + "/account#register")
    shown("register")
    fill("register", name="Ada <b>", email=EMAIL, password="password1")
    press("register")
    says("error", "easily guessed")
    browser.find_element(By.ID, "re-password").clear()
    fill("register", password=PASSWORD)
    press("register")
    says("message", "mailbox")

    browser.get("about:blank")
    browser.get(origin + "/account" + link("confirm-email"))
    says("message", "confirmed")
    assert "#" not in browser.current_url, "the link's secret stayed in the address"

    fill("sign-in", email=EMAIL, password=PASSWORD)
    press("sign-in")
    shown("account")
    assert "Ada <b>" in browser.find_element(By.ID, "profile").text
    assert browser.execute_script("return document.cookie") == "", "a script sees a cookie"
    assert browser.execute_script("return localStorage.length + sessionStorage.length") == 0

    fill("begin-factor", password=PASSWORD)
    press("account")
    shown("enrol")
    secret = browser.find_element(By.ID, "secret").text
    fill("enrol", code=code(secret))
    press("enrol")
    shown("codes")
    assert len(browser.find_elements(By.CSS_SELECTOR, "#code-list li")) == 10
    browser.find_element(By.CSS_SELECTOR, "[data-click=done]").click()
    shown("account")
    assert "10 recovery codes" in browser.find_element(By.ID, "factor-state").text

    browser.find_element(By.CSS_SELECTOR, "[data-click=signOut]").click()
    shown("sign-in")
    fill("sign-in", email=EMAIL, password=PASSWORD)
    press("sign-in")
    shown("factor")
    fill("factor", code="000000")
    press("factor")
    says("error", "code is wrong")
    browser.find_element(By.ID, "fa-code").clear()
    fill("factor", code=code(secret, 1))
    press("factor")
    shown("account")

    # Refusals of the policy and errors of the script are severe; answers of 4xx are meant here.
    log = [entry for entry in browser.get_log("browser")
           if entry["level"] == "SEVERE" and "status of 4" not in entry["message"]]
    assert not log, log
    print("done")
finally:
    browser.quit()
