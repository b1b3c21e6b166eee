# regard_embed(LAYER HEADER NAME FILE...): the texts of files of src/<layer>/assets as constants that HEADER declares, as
#
#   extern const char* const NAME;
#
# in a source that is written again when one of the files changes. Run as a script (cmake -D... -P), this file writes it.
if(CMAKE_SCRIPT_MODE_FILE STREQUAL CMAKE_CURRENT_LIST_FILE)
  set(source "// Made from the files of ${FOLDER}.\n#include \"${HEADER}\"\n\nnamespace regard {\n\n")
  while(ASSETS)
    list(POP_FRONT ASSETS name file)
    file(READ ${FOLDER}/${file} text)
    string(FIND "${text}" ")asset\"" end)
    if(NOT end EQUAL -1)
      message(FATAL_ERROR "${FOLDER}/${file}: )asset\" would end the constant that holds the text")
    endif()
    string(APPEND source "const char* const ${name} = R\"asset(${text})asset\";\n\n")
  endwhile()
  file(WRITE ${OUTPUT} "${source}}  // namespace regard\n")
  return()
endif()

function(regard_embed layer header)
  set(folder ${PROJECT_SOURCE_DIR}/src/${layer}/assets)
  get_filename_component(stem ${header} NAME_WE)
  set(output ${PROJECT_BINARY_DIR}/embedded/${layer}/${stem}.cpp)
  set(files "")
  set(pairs ${ARGN})
  while(pairs)
    list(POP_FRONT pairs name file)
    list(APPEND files ${folder}/${file})
  endwhile()
  add_custom_command(OUTPUT ${output}
                     COMMAND ${CMAKE_COMMAND} "-DASSETS=${ARGN}" -DFOLDER=${folder} -DHEADER=${header} -DOUTPUT=${output}
                             -P ${PROJECT_SOURCE_DIR}/cmake/RegardEmbed.cmake
                     DEPENDS ${files} ${PROJECT_SOURCE_DIR}/cmake/RegardEmbed.cmake
                     COMMENT "Embedding src/${layer}/assets" VERBATIM)
  target_sources(regard_${layer} PRIVATE ${output})
endfunction()
