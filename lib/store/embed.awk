# Turns migrations (NNNN--name.sql, in order) into a C table, so that library and schema always fit together.
function finish() { if (open) print "    },"; open = 0 }
BEGIN {
    print "/* Made from migrations/ by embed.awk. */"
    print "#include \"store/store.h\"\n"
    print "const cepces_store_migration_t cepces_store_migrations[] = {"
}
FNR == 1 {
    finish()
    name = FILENAME
    sub(/^.*\//, "", name)
    sub(/\.sql$/, "", name)
    printf "    {%d, \"%s\",\n", substr(name, 1, 4) + 0, name
    count++
    open = 1
}
{
    gsub(/\\/, "&&")
    gsub(/"/, "\\\"")
    print "     \"" $0 "\\n\""
}
END {
    finish()
    print "};\n"
    print "const int cepces_store_num_migrations = " count + 0 ";"
}
