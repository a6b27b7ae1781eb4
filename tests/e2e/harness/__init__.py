"""What the end-to-end tests own: a PostgreSQL, one or several httpd, and a client of the Windows kind.

Nothing here is made with the code under test: messages are written with lxml, requests and answers are encoded and
decoded with asn1crypto and cryptography, certificates are judged by openssl and certtool.
"""
