# starling_embed(TARGET FILE FUNCTION HEADER)
#
# Puts FILE into TARGET as it is when TARGET is built. FUNCTION ("starling::routes::page_text", declared in HEADER) returns its
# text, which lives as long as the program.
function(starling_embed TARGET FILE FUNCTION HEADER)
  get_filename_component(EMBED_FILE ${FILE} ABSOLUTE)
  set(EMBED_FUNCTION ${FUNCTION})
  set(EMBED_HEADER ${HEADER})
  string(REPLACE "::" "_" EMBED_SYMBOL ${FUNCTION})
  set(source ${CMAKE_CURRENT_BINARY_DIR}/${EMBED_SYMBOL}.cpp)
  configure_file(${CMAKE_SOURCE_DIR}/cmake/embed.cpp.in ${source} @ONLY)
  set_source_files_properties(${source} PROPERTIES OBJECT_DEPENDS ${EMBED_FILE})
  target_sources(${TARGET} PRIVATE ${source})
endfunction()
