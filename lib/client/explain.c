/* Result codes in plain words, for the one who asked and cannot see the server's log. */
#include "client/client.h"

static const struct {
    uint32_t code;
    const char *sentence;
} explanations[] = {
    {0x8007000D, "the server could not read the request"},
    {0x80070057, "the server found the message itself wrong"},
    {0x800706BA, "the server's database is away; try again in a moment"},
    {0x80090006, "a signature of the request does not verify"},
    {0x80090015, "the public key is not valid"},
    {0x80090008, "the key or signature algorithm is not what the template asks for"},
    {0x80091004, "this form of request is not supported"},
    {0x8009200E, "the request is not signed"},
    {0x80094001, "the subject name is missing or not acceptable; give one with --subject"},
    {0x80094002, "there is no such request"},
    {0x80094006,
     "the CA cannot sign at the moment; ask its administrator whether the key is loaded"},
    {0x80094009, "enrolling on behalf of somebody else is not permitted"},
    {0x8009400A, "key archival is not configured at this CA"},
    {0x8009400F, "the server is busy; try again in a moment"},
    {0x80094011, "your account or credential may not enroll at this CA"},
    {0x80094012, "your account has no enroll right on this template; it is granted with "
                 "\"cepcesctl access grant\""},
    {0x80094016, "the key or the hash of the request is too weak for this template"},
    {0x80094800, "the CA does not offer this template (any more)"},
    {0x80094801, "the request names no template"},
    {0x80094802, "the request names more than one template"},
    {0x80094803, "the template needs a subject alternative name; give one with --dns"},
    {0x80094806, "the certificate to be renewed was not accepted"},
    {0x80094807, "the request was made for a newer version of the template"},
    {0x80094809, "the template needs an additional signature"},
    {0x80094810, "the template does not archive keys"},
    {0x80094821,
     "the account has no security identifier, which the template puts into the certificate"},
    {0x8009480E, "the account has no directory GUID, which the template puts into the certificate"},
    {0x8009480D,
     "the account has no user principal name, which the template puts into the certificate"},
    {0x8009480F, "the account has no DNS name, which the template puts into the certificate"},
    {0x80094811, "the key is shorter than the template demands"},
    {0x80094812, "the account has no e-mail address, which the template puts into the certificate"},
    {0x800B0114,
     "you may not ask for one of these names; allowed names are granted with \"cepcesctl "
     "access grant --name\""},
};

const char *
cepces_client_explain_code(uint32_t code)
{
    for (size_t i = 0; i < sizeof(explanations) / sizeof(explanations[0]); i++) {
        if (explanations[i].code == code) {
            return explanations[i].sentence;
        }
    }
    return NULL;
}
