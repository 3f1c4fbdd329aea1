"""Companies that carry text messages and calls, as 46elks and Twilio are seen from outside, with all their troubles.

Written from their public pages alone (https://46elks.se/docs, https://www.twilio.com/docs).
"""
