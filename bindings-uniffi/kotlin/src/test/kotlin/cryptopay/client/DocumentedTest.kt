package cryptopay.client

import java.io.File
import kotlin.test.assertEquals
import kotlin.test.assertTrue
import org.junit.jupiter.api.Test

/**
 * Whatever is written by hand and public says what it is. Dokka's own report is of no use here: it also wants words for
 * what only overrides, and for Javadoc it passes over properties and complains of getters that it made itself. The
 * compiler asks for the word `public`, by which this finds what it looks for.
 */
class DocumentedTest {
    private val sources =
        File("src/main/kotlin").walk().filter { it.extension == "kt" && it.parentFile.name != "generated" }.toList()

    @Test
    fun `what is public is documented`() {
        val all = sources.flatMap { source -> declared(source.name, source.readLines()) }
        assertTrue(all.size > 150, "${all.size}")
        assertEquals(emptyList(), all.filterNot { it.documented }.map { it.what })
    }

    @Test
    fun `what is not documented is found`() {
        val text =
            """
            /**
             * A class.
             *
             * @property other It is none of the next.
             */
            public class First(public val other: Int)

            /** A class. */
            public class Second(public val other: Int)

            /**
             * A class.
             *
             * @property told It is.
             */
            public class Some
            internal constructor(public val told: Int, public val untold: Int, /** It is. */ public val beside: Int) {
                /** It is. */
                @JvmStatic
                public fun said() {}

                public fun unsaid() {}

                override fun toString() = ""

                public companion object {
                    public const val SILENT: Int = 1
                }
            }
            """
        val found = declared("Some.kt", text.trimIndent().lines()).filterNot { it.documented }.map { it.what }
        assertEquals(listOf("Some.kt: other", "Some.kt: untold", "Some.kt: unsaid", "Some.kt: SILENT"), found)
    }

    private class Declared(val what: String, val documented: Boolean)

    /** What a file declares. A companion needs no words of its own: what is in it has them. */
    private fun declared(file: String, lines: List<String>): List<Declared> {
        val properties = ArrayList<String>()
        return lines.withIndex().flatMap { (at, line) ->
            // Those of a class stand above it.
            if (line.startsWith("/**") || line.trim() == "/**") properties.clear()
            PROPERTY.find(line)?.let { properties += it.groupValues[1] }
            if (line.trimStart().startsWith("*") || OTHERS.containsMatchIn(line)) return@flatMap emptyList()
            val above = lines.subList(0, at).lastOrNull { !ASIDE.matches(it) }.orEmpty().trimEnd()
            PUBLIC.findAll(line)
                .map { found ->
                    val name = found.groupValues[1]
                    val before = line.substring(0, found.range.first).trimEnd()
                    val said = before.endsWith("*/") || (ALONE.matches(before) && above.endsWith("*/"))
                    Declared("$file: $name", said || name in properties)
                }
                .toList()
        }
    }

    private companion object {
        val PROPERTY = Regex("@property (\\w+) ")
        val OTHERS = Regex("\\bpublic (companion|constructor)\\b|\\boverride\\b")
        /** Between the words and what they are about. */
        val ASIDE = Regex("\\s*@[\\w:]+(\\(.*\\))?\\s*")
        val ALONE = Regex("\\s*(@[\\w:]+(\\(\\S*\\))?\\s*)*")
        val PUBLIC =
            Regex(
                "\\bpublic (?:\\w+ )*?(?:class|interface|object|fun interface|fun|val|var)(?: <[^>]*>)? (?:[\\w<>]+\\.)?(\\w+)"
            )
    }
}
