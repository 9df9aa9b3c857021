"""Steps of people at the desk that several journeys take, in a browser."""

from playwright.sync_api import Page


def begin_to_award(page: Page, to: str) -> None:
    """From the form of a new issuer to the page that says that its first badge was awarded."""
    page.get_by_label("Name").fill("Pier School")
    page.get_by_label("Description").fill("Teaches to sail by night.")
    page.get_by_label("Website").fill("https://pier.example.org")
    page.get_by_role("button", name="Make the issuer").last.click()
    page.get_by_role("link", name="Make the first badge").click()
    page.get_by_label("Name", exact=True).fill("Night Sailing")
    page.get_by_label("Description").first.fill("Sails home by lights and stars.")
    page.get_by_label("What has to be done for it").fill("Bring a boat home after dark.")
    page.get_by_role("button", name="Make the badge").click()
    page.get_by_role("link", name="Award it").click()
    page.get_by_label("Who receives it?").fill(to)
    page.get_by_label("Tell them by mail").check()
    page.get_by_role("button", name="Award it").last.click()
    page.get_by_role("heading", name="Awarded").wait_for()
