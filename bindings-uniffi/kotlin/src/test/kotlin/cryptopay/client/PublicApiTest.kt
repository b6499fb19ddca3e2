package cryptopay.client

import java.io.File
import kotlin.metadata.ClassKind
import kotlin.metadata.ClassName
import kotlin.metadata.KmClassifier
import kotlin.metadata.KmConstructor
import kotlin.metadata.KmFunction
import kotlin.metadata.KmProperty
import kotlin.metadata.KmType
import kotlin.metadata.Visibility
import kotlin.metadata.jvm.KotlinClassMetadata
import kotlin.metadata.kind
import kotlin.metadata.visibility
import kotlin.test.assertEquals
import kotlin.test.assertTrue
import org.junit.jupiter.api.Test

/**
 * What the package shows, by Kotlin's own metadata: nothing of the binding under it, and nothing of its implementation.
 */
class PublicApiTest {
    private val foreign =
        listOf("com/sun/jna", "cryptopay/client/binding", "java/nio", "kotlinx/serialization", "com/facebook", "uniffi")

    @Test
    fun `no foreign buffer, handle or library is public`() {
        val folder = File(Cryptopay::class.java.protectionDomain.codeSource.location.toURI())
        val names =
            folder.walk().filter { it.extension == "class" }.map { it.relativeTo(folder).path.removeSuffix(".class") }
        var public = 0
        val found = ArrayList<String>()
        for (name in names) {
            val type = Class.forName(name.replace('/', '.'), false, javaClass.classLoader)
            val metadata = type.getAnnotation(Metadata::class.java) ?: continue
            val types: List<Pair<String, KmType>> =
                when (val read = KotlinClassMetadata.readStrict(metadata)) {
                    is KotlinClassMetadata.Class -> {
                        val it = read.kmClass
                        if (it.kind == ClassKind.ENUM_ENTRY || !shown(type)) continue
                        if (name.startsWith("cryptopay/client/binding")) found += "$name is public"
                        public += 1
                        it.supertypes.map { type -> name to type } +
                            shown(name, it.functions, it.properties, it.constructors)
                    }
                    is KotlinClassMetadata.FileFacade ->
                        shown(name, read.kmPackage.functions, read.kmPackage.properties)
                    else -> continue
                }
            for ((where, shown) in types) all(shown)
                .filter { one -> foreign.any(one::startsWith) }
                .forEach { found += "$where: $it" }
        }
        assertTrue(public > 80, "$public")
        assertEquals(emptyList(), found)
    }

    /** Whether a class and all around it are. */
    private fun shown(type: Class<*>): Boolean =
        generateSequence(type) { it.enclosingClass }
            .map { KotlinClassMetadata.readStrict(it.getAnnotation(Metadata::class.java)) }
            .all { it is KotlinClassMetadata.Class && it.kmClass.visibility in SHOWN }

    private fun shown(
        name: String,
        functions: List<KmFunction>,
        properties: List<KmProperty>,
        constructors: List<KmConstructor> = emptyList(),
    ): List<Pair<String, KmType>> =
        functions
            .filter { it.visibility in SHOWN }
            .flatMap {
                it.valueParameters.map { one -> one.type } + it.returnType + listOfNotNull(it.receiverParameterType)
            }
            .map { "$name function" to it } +
            properties.filter { it.visibility in SHOWN }.map { "$name.${it.name}" to it.returnType } +
            constructors
                .filter { it.visibility in SHOWN }
                .flatMap { it.valueParameters }
                .map { "$name constructor" to it.type }

    private fun all(type: KmType): List<ClassName> =
        listOfNotNull((type.classifier as? KmClassifier.Class)?.name) +
            type.arguments.mapNotNull { it.type }.flatMap(::all)

    private companion object {
        val SHOWN = setOf(Visibility.PUBLIC, Visibility.PROTECTED)
    }
}
