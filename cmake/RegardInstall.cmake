# What a build without LibTorch installs: the program, its manual pages and completions, the library for other programs
# (find_package(Regard)), and packages of all that (cpack -G DEB). With REGARD_PYTHON also the Python module.
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

# Nothing but regard/api is seen from outside: the layers' symbols stay inside.
add_library(regard_shared SHARED ${PROJECT_SOURCE_DIR}/src/api/translator.cpp)
add_library(Regard::regard ALIAS regard_shared)
set_target_properties(regard_shared PROPERTIES OUTPUT_NAME regard EXPORT_NAME regard VERSION ${PROJECT_VERSION}
                      SOVERSION ${PROJECT_VERSION_MAJOR}.${PROJECT_VERSION_MINOR} CXX_VISIBILITY_PRESET hidden
                      VISIBILITY_INLINES_HIDDEN ON)
target_compile_features(regard_shared PUBLIC cxx_std_20)
target_link_libraries(regard_shared PRIVATE regard_run_plain regard_warnings)
target_link_options(regard_shared PRIVATE -Wl,--exclude-libs,ALL -Wl,--no-undefined)
target_include_directories(regard_shared PRIVATE ${PROJECT_BINARY_DIR}/layers/api
                           INTERFACE $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>)

install(TARGETS regard RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR} COMPONENT program)
install(TARGETS regard_shared EXPORT RegardTargets
        LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT library NAMELINK_COMPONENT development)
install(DIRECTORY ${PROJECT_SOURCE_DIR}/include/regard/api DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/regard COMPONENT development)
set(package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/Regard)
install(EXPORT RegardTargets NAMESPACE Regard:: DESTINATION ${package_dir} COMPONENT development)
write_basic_package_version_file(${PROJECT_BINARY_DIR}/RegardConfigVersion.cmake COMPATIBILITY SameMinorVersion)
file(CONFIGURE OUTPUT ${PROJECT_BINARY_DIR}/RegardConfig.cmake
     CONTENT "include(\${CMAKE_CURRENT_LIST_DIR}/RegardTargets.cmake)\n" @ONLY)
install(FILES ${PROJECT_BINARY_DIR}/RegardConfig.cmake ${PROJECT_BINARY_DIR}/RegardConfigVersion.cmake
        DESTINATION ${package_dir} COMPONENT development)

# From the declarations of the commands, by the program itself.
set(generated ${PROJECT_BINARY_DIR}/install)
add_custom_command(
  OUTPUT ${generated}/man1/regard.1
  COMMAND ${CMAKE_COMMAND} -E make_directory ${generated}/man1
  COMMAND regard man ${generated}/man1
  COMMAND regard completion bash > ${generated}/regard.bash
  COMMAND regard completion zsh > ${generated}/regard.zsh
  COMMAND regard completion fish > ${generated}/regard.fish
  DEPENDS regard VERBATIM)
add_custom_target(regard_pages ALL DEPENDS ${generated}/man1/regard.1)
install(DIRECTORY ${generated}/man1 DESTINATION ${CMAKE_INSTALL_MANDIR} COMPONENT program)
install(FILES ${generated}/regard.bash DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions RENAME regard
        COMPONENT program)
install(FILES ${generated}/regard.zsh DESTINATION ${CMAKE_INSTALL_DATADIR}/zsh/vendor-completions RENAME _regard
        COMPONENT program)
install(FILES ${generated}/regard.fish DESTINATION ${CMAKE_INSTALL_DATADIR}/fish/vendor_completions.d COMPONENT program)
install(FILES ${PROJECT_SOURCE_DIR}/LICENSE DESTINATION ${CMAKE_INSTALL_DOCDIR} RENAME copyright COMPONENT program)

if(REGARD_PYTHON)
  find_package(Python REQUIRED COMPONENTS Interpreter Development.Module)
  execute_process(COMMAND ${Python_EXECUTABLE} -m nanobind --cmake_dir OUTPUT_STRIP_TRAILING_WHITESPACE
                  OUTPUT_VARIABLE nanobind_ROOT COMMAND_ERROR_IS_FATAL ANY)
  find_package(nanobind CONFIG REQUIRED)
  nanobind_add_module(_regard NB_STATIC ${PROJECT_SOURCE_DIR}/python/module.cpp)
  target_link_libraries(_regard PRIVATE regard_api regard_metrics)
  target_link_options(_regard PRIVATE -Wl,--exclude-libs,ALL)
  nanobind_add_stub(regard_stub MODULE _regard OUTPUT ${PROJECT_BINARY_DIR}/_regard.pyi PYTHON_PATH $<TARGET_FILE_DIR:_regard>
                    DEPENDS _regard)
  install(TARGETS _regard LIBRARY DESTINATION regard COMPONENT python)
  install(FILES ${PROJECT_BINARY_DIR}/_regard.pyi DESTINATION regard COMPONENT python)
  install(PROGRAMS $<TARGET_FILE:regard> DESTINATION regard/bin COMPONENT python)
endif()

set(CPACK_PACKAGE_NAME regard)
set(CPACK_PACKAGE_VENDOR "Regard")
set(CPACK_PACKAGE_CONTACT "The Regard maintainers")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "Translation with attention models: fast on CPUs, one program")
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES ON)
set(CPACK_GENERATOR DEB)
set(CPACK_COMPONENTS_ALL program library development)
set(CPACK_COMPONENTS_GROUPING ALL_COMPONENTS_IN_ONE)
set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION science)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
include(CPack)
