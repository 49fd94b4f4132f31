// Sends the form of this page on its way, for people whose browser runs scripts.
document.forms[0].submit();
