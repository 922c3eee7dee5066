process ADZUS_SEGMENT {
    tag "$meta.id"
    label 'process_medium'

    container 'registry.example/adzus:latest'

    input:
    tuple val(meta), path(pictures, stageAs: 'pictures/*')

    output:
    tuple val(meta), path("${prefix}"), emit: results
    path "versions.yml", emit: versions

    when:
    task.ext.when == null || task.ext.when

    script:
    def args = task.ext.args ?: ''
    prefix = task.ext.prefix ?: "${meta.id}"
    """
    ADZUS_THREADS=${task.cpus} adzus segment pictures --output ${prefix} --quiet ${args}

    cat <<-END_VERSIONS > versions.yml
    "${task.process}":
        adzus: \$(adzus --version)
    END_VERSIONS
    """

    stub:
    prefix = task.ext.prefix ?: "${meta.id}"
    """
    mkdir ${prefix}
    touch ${prefix}/stub.json

    cat <<-END_VERSIONS > versions.yml
    "${task.process}":
        adzus: \$(adzus --version)
    END_VERSIONS
    """
}
