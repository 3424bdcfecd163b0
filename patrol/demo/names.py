"""Names of the made county's streets and villages, in Chinese and in English."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, slots=True)
class Name:
    """One name in both languages."""

    zh: str
    en: str


_STEMS = (
    ("人民", "Renmin"), ("解放", "Jiefang"), ("中山", "Zhongshan"), ("建设", "Jianshe"),
    ("和平", "Heping"), ("新华", "Xinhua"), ("文化", "Wenhua"), ("朝阳", "Chaoyang"),
    ("胜利", "Shengli"), ("光明", "Guangming"), ("团结", "Tuanjie"), ("幸福", "Xingfu"),
    ("东风", "Dongfeng"), ("红旗", "Hongqi"), ("长安", "Chang'an"), ("永宁", "Yongning"),
    ("兴隆", "Xinglong"), ("富强", "Fuqiang"), ("学府", "Xuefu"), ("书院", "Shuyuan"),
    ("钟楼", "Zhonglou"), ("鼓楼", "Gulou"), ("城隍", "Chenghuang"), ("文庙", "Wenmiao"),
    ("桂花", "Guihua"), ("梅园", "Meiyuan"), ("竹林", "Zhulin"), ("荷塘", "Hetang"),
    ("柳荫", "Liuyin"), ("松涛", "Songtao"), ("银杏", "Yinxing"), ("石榴", "Shiliu"),
    ("云溪", "Yunxi"), ("青石", "Qingshi"), ("白鹭", "Bailu"), ("金穗", "Jinsui"),
    ("滨河", "Binhe"), ("望江", "Wangjiang"), ("渡口", "Dukou"), ("码头", "Matou"),
    ("铁匠", "Tiejiang"), ("豆腐", "Doufu"), ("染坊", "Ranfang"), ("米市", "Mishi"),
    ("花市", "Huashi"), ("盐仓", "Yancang"), ("茶亭", "Chating"), ("水井", "Shuijing"),
)  # fmt: skip
_SIDES = (("", ""), ("东", " East"), ("西", " West"), ("南", " South"), ("北", " North"))
_SUFFIXES = {
    "secondary": ("大道", "Avenue"),
    "tertiary": ("路", "Road"),
    "residential": ("街", "Street"),
    "alley": ("巷", "Alley"),
    "path": ("步道", "Walk"),
}
_VILLAGES = (
    ("杨家湾", "Yangjiawan"), ("陈村", "Chencun"), ("上塘", "Shangtang"), ("下塘", "Xiatang"),
    ("大坪", "Daping"), ("李家坝", "Lijiaba"), ("竹溪", "Zhuxi"), ("梅岭", "Meiling"),
    ("新桥村", "Xinqiaocun"), ("古樟", "Guzhang"), ("沙洲", "Shazhou"), ("黄泥岗", "Huangnigang"),
)  # fmt: skip


def street_names(kind: str, rng: np.random.Generator) -> Iterator[Name]:
    """Names for streets of one kind of one town, in an order that the seed decides; never ends.

    The plain stems come first, then each with a side of town, then numbered ones, so that no two
    streets of a kind share a name in one town.
    """
    zh, en = _SUFFIXES[kind]
    round_no = 1
    while True:
        number_zh, number_en = ("", "") if round_no == 1 else (f"{round_no}", f" No. {round_no}")
        for side_zh, side_en in _SIDES:
            for index in rng.permutation(len(_STEMS)):
                stem_zh, stem_en = _STEMS[int(index)]
                yield Name(
                    f"{stem_zh}{side_zh}{number_zh}{zh}", f"{stem_en}{side_en} {en}{number_en}"
                )
        round_no += 1


def village_names() -> tuple[Name, ...]:
    """The villages of the county, in a fixed order."""
    return tuple(Name(zh, en) for zh, en in _VILLAGES)
